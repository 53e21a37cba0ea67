// What the coordinator adds to a request beside disk and network. `pnpm build`, then `pnpm bench`.
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import {
  type Bucket,
  Coordinator,
  type GetRequest,
  type MintStaged,
  type Placement,
  type PutRequest,
  type ReplicaRead,
  type Replicas,
  type ReplicaWrite,
} from "@coterie/quorum";
import { IntervalClock } from "@coterie/vector-clock";
import { causalityOf, EMPTY_VERSIONS, encodeVersions, mint } from "@coterie/versions";

const bucket: Bucket = { name: "b", n: 3, r: 2, w: 2, rMin: 2, wMin: 2, mode: "siblings" };
const row = new Uint8Array(32);
const operationId = "00112233445566778899aabbccddeeff";

/** A row whose last write a node minted at `counter`, with 100 bytes of value. */
function set(counter: number): Uint8Array {
  const minted = mint(
    "siblings",
    { set: EMPTY_VERSIONS, ownedTo: undefined },
    {
      dot: { actor: "0123456789abcdef", counter },
      stamp: { wallMs: 1_700_000_000_000, logical: 0 },
      requestContext: IntervalClock.EMPTY,
      follows: [],
      repeated: false,
      operationId,
      tombstone: false,
      encoding: "bytes",
      expiresAtMs: undefined,
      value: new Uint8Array(100),
    },
  );
  return encodeVersions(minted.set);
}

/** Replicas that answer at once: what is left is the coordinator. */
class InstantReplicas implements Replicas {
  readonly self = "a";
  readonly #rows: Record<string, { versions: Uint8Array; clock: Uint8Array }>;
  readonly #placement: Placement = {
    epoch: 1,
    writeGroups: [["a", "b", "c"]],
    readGroups: [["a", "b", "c"]],
    fallbacks: [],
  };
  readonly #staged: MintStaged;

  constructor(counters: Record<string, number>) {
    this.#rows = Object.fromEntries(
      Object.entries(counters).map(([node, counter]) => {
        const versions = set(counter);
        return [node, { versions, clock: causalityOf(versions).slice() }];
      }),
    );
    this.#staged = {
      type: "minted",
      versions: set(1),
      context: new Uint8Array(12),
      follows: [],
      stamp: { wallMs: 1, logical: 0 },
      repeated: false,
    };
  }

  placement(): Placement {
    return this.#placement;
  }
  mint() {
    return { staged: Promise.resolve(this.#staged), durable: this.merge() };
  }
  merge(): Promise<ReplicaWrite> {
    return Promise.resolve({ type: "durable" });
  }
  read(from: string, _row: Uint8Array, want: string): Promise<ReplicaRead> {
    const { versions, clock } = this.#rows[from]!;
    return Promise.resolve({
      type: "row",
      versions: want === "versions" ? versions : clock,
      recovering: false,
    });
  }
  rank(nodes: readonly string[]): readonly string[] {
    return nodes;
  }
  expectedLatencyMs(): number {
    return 20;
  }
  isDown(): boolean {
    return false;
  }
  agreeOnEpoch(): Promise<void> {
    return Promise.resolve();
  }
  onMissed(): void {}
}

function coordinator(replicas: Replicas): Coordinator {
  return new Coordinator({
    replicas,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
  });
}

const nothing = new Uint8Array();
const shared = { row, bucket, consistency: { strict: false } };

function putRequest(): PutRequest {
  return {
    ...shared,
    deadlineMs: systemClock.monotonicMs() + 1_000,
    context: nothing,
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId,
    tombstone: false,
    encoding: "bytes",
    expiresAtMs: undefined,
    value: row,
  };
}

function getRequest(): GetRequest {
  return { ...shared, deadlineMs: systemClock.monotonicMs() + 1_000, monotonic: false };
}

/** The best of some rounds, in microseconds of processor time a request, with 64 under way at once. */
async function microseconds(request: () => Promise<unknown>): Promise<number> {
  const round = async (count: number): Promise<number> => {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i += 64) {
      await Promise.all(Array.from({ length: 64 }, request));
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  await round(30_000);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) best = Math.min(best, await round(12_800));
  return best;
}

const equal = new InstantReplicas({ a: 1, b: 1, c: 1 });
const stale = new InstantReplicas({ a: 2, b: 1, c: 1 });
const behind = new InstantReplicas({ a: 1, b: 2, c: 1 });

/** The same calls of the port and nothing else: what any coordinator would have to pay. */
async function barePut(): Promise<void> {
  const { staged, durable } = equal.mint();
  await staged;
  await Promise.all([durable, equal.merge(), equal.merge()]);
}

const leader = coordinator(equal);
const overStale = coordinator(stale);
const overBehind = coordinator(behind);
const rows: [string, () => Promise<unknown>][] = [
  ["put, N=3 W=2: the port's calls alone", barePut],
  ["put, N=3 W=2", () => leader.put(putRequest())],
  ["get, R=2, equal clocks", () => leader.get(getRequest())],
  ["get, R=2, the other replica is stale", () => overStale.get(getRequest())],
  ["get, R=2, a newer version to fetch", () => overBehind.get(getRequest())],
];
console.log("| request, 100-byte value, 64 at once   |  CPU µs |");
console.log("|---------------------------------------|--------:|");
for (const [name, request] of rows) {
  const cost = await microseconds(request);
  console.log(`| ${name.padEnd(37)} | ${cost.toFixed(2).padStart(7)} |`);
}
process.exit();
