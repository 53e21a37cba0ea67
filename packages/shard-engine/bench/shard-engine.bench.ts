// What the rules cost, without a disk: an engine on a store in memory. `pnpm build`, then `pnpm bench`.
import { SeededRandom, systemClock } from "@coterie/core";
import {
  encodeRingRecord,
  MemoryStore,
  type Minted,
  rowKey,
  ShardEngine,
  stableRing,
} from "@coterie/shard-engine";

const ROWS = 1000;
const BATCH = 64;
const bucket = { n: 1, mode: "siblings" } as const;
const rows = Array.from({ length: ROWS }, (_, i) => rowKey("bench", Uint8Array.of(i >> 8, i)));
const value = new Uint8Array(100);
let operations = 0;

function open(self: string): ShardEngine {
  const random = new SeededRandom(self.charCodeAt(0));
  const store = new MemoryStore();
  const engine = ShardEngine.open(store, { shard: 0, shards: 1, clock: systemClock, random });
  const owners = [{ id: self, weight: 1, zone: "" }];
  const record = encodeRingRecord(stableRing({ epoch: 1, partitions: 1024, owners }));
  engine.stage({ type: "installRing", self, record });
  engine.commit();
  // All partitions are read, so that every write keeps the leaves as it does in service.
  while (!engine.stats().counted) engine.scrub(1000);
  return engine;
}

function mint(engine: ShardEngine, row: number, context: Uint8Array): Minted {
  operations++;
  const staged = engine.stage({
    type: "mint",
    epoch: 1,
    row: rows[row]!,
    bucket,
    context,
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId: operations.toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "bytes",
    expiresAtMs: undefined,
    value,
  });
  if (staged.type !== "minted") throw new Error(JSON.stringify(staged));
  return staged;
}

/** Microseconds of `work`, in batches; the best of many rounds. */
function measure(engine: ShardEngine, work: (i: number) => void): string {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 60; round++) {
    const begunMs = performance.now();
    for (let batch = 0; batch < 20; batch++) {
      for (let i = 0; i < BATCH; i++) work((batch * BATCH + i) % ROWS);
      engine.commit();
    }
    best = Math.min(best, ((performance.now() - begunMs) * 1000) / (20 * BATCH));
  }
  return `${best.toFixed(1)} µs`;
}

const engine = open("a");
const contexts = rows.map((_, i) => mint(engine, i, new Uint8Array()).context);
engine.commit();
const put = measure(engine, (i) => {
  contexts[i] = mint(engine, i, contexts[i]!).context;
});
console.log(`mint over what was read: ${put}`);

const bytes = measure(engine, (i) => {
  engine.read({ epoch: 1, row: rows[i]!, bucket, want: "versions" });
});
console.log(`read: ${bytes}`);

const replica = open("b");
const sets = rows.map((row) => {
  const read = engine.read({ epoch: 1, row, bucket, want: "versions" });
  return read.type === "row" ? read.versions! : new Uint8Array();
});
engine.commit();
const merge = (versions: Uint8Array, i: number): void => {
  replica.stage({ type: "merge", epoch: 1, row: rows[i]!, bucket, versions });
};
const same = measure(replica, (i) => merge(sets[i]!, i));
console.log(`merge of what is there already: ${same}`);
const newer = measure(replica, (i) => {
  const minted = mint(engine, i, contexts[i]!);
  contexts[i] = minted.context;
  merge(minted.versions, i);
});
engine.commit();
console.log(`mint at one replica and merge at another: ${newer}`);
