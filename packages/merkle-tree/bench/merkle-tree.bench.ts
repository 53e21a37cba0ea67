// What a tree costs to keep, and what an exchange moves: 100 damaged keys among 200,000, for several
// numbers of partitions and leaves. The bound is 100 KB beyond the damaged keys themselves.
import { ByteWriter, SeededRandom, type Token, xxh64 } from "@coterie/core";
import { itemHash, LeafSpace, MerkleExchange, MerkleTree } from "../src/index.ts";
import { Replica, run, total } from "./replica.ts";

const KEYS = 200_000;
const DAMAGED = 100;
const FAN_OUT = 16;
const CAUSALITY_BYTES = 24;

interface Row {
  readonly key: Uint8Array;
  readonly token: Token;
}

const text = new TextEncoder();
const rows: Row[] = Array.from({ length: KEYS }, (_, number) => {
  const name = new ByteWriter().block(text.encode("carts")).raw(text.encode(`user-${number}`));
  const token = xxh64(name.finish());
  const key = new ByteWriter().uint32(token.high).uint32(token.low).raw(name.finish()).finish();
  return { key, token };
});

function causality(version: number): Uint8Array {
  const bytes = new Uint8Array(CAUSALITY_BYTES);
  new DataView(bytes.buffer).setUint32(0, version);
  return bytes;
}

/** A replica: a tree for each partition, and one over their roots. */
function build(space: LeafSpace): { partitions: Replica[]; roots: Replica } {
  const tokenOf = (key: Uint8Array): Token => {
    const view = new DataView(key.buffer, key.byteOffset);
    return { high: view.getUint32(0), low: view.getUint32(4) };
  };
  const shape = { leaves: space.leaves, fanOut: FAN_OUT };
  const partitions = Array.from(
    { length: space.partitions },
    () => new Replica(shape, (key) => space.leafOf(tokenOf(key))),
  );
  for (const { key, token } of rows) {
    partitions[partitionOf(token, space)]!.put(key, itemHash(key, causality(1)));
  }
  const roots = new Replica({ leaves: space.partitions, fanOut: FAN_OUT }, () => 0);
  return { partitions, roots };
}

function partitionOf(token: Token, { partitions }: LeafSpace): number {
  return partitions === 1 ? 0 : token.high >>> (32 - Math.log2(partitions));
}

function exchange(space: LeafSpace): string {
  const here = build(space);
  const there = build(space);
  const random = new SeededRandom(100);
  const damaged = new Set<Row>();
  while (damaged.size < DAMAGED) damaged.add(rows[random.uint32() % KEYS]!);
  for (const { key, token } of damaged) {
    here.partitions[partitionOf(token, space)]!.put(key, itemHash(key, causality(2)));
  }
  for (const side of [here, there]) {
    for (const [partition, replica] of side.partitions.entries()) {
      side.roots.tree.setLeaf(partition, replica.tree.root);
    }
  }
  let bytes = 0;
  let messages = 0;
  let found = 0;
  const play = (machine: MerkleExchange, one: Replica, other: Replica) => {
    const played = run(machine, one, other);
    bytes += total(played.requestBytes) + total(played.replyBytes);
    messages += played.requestBytes.length;
    return played.effects;
  };
  const suspects = play(MerkleExchange.compare(here.roots.tree), here.roots, there.roots);
  for (const effect of suspects) {
    if (effect.type !== "compared") throw new Error(effect.type);
    for (const { index } of effect.suspects) {
      const one = here.partitions[index]!;
      const other = there.partitions[index]!;
      const [compared] = play(MerkleExchange.compare(one.tree), one, other);
      if (compared?.type !== "compared") throw new Error("not compared");
      for (const found_ of play(MerkleExchange.recheck(one.tree, compared.suspects), one, other)) {
        if (found_.type === "differences") found += found_.differences.length;
      }
    }
  }
  if (found !== DAMAGED) throw new Error(`${found} of ${DAMAGED} damaged keys were found`);
  const keyBytes = [...damaged].reduce((sum, { key }) => sum + key.length, 0);
  const stored = total(here.partitions.map(({ tree }) => tree.encodeLeaves().length));
  const cells = [
    space.partitions,
    space.leaves,
    ((bytes - keyBytes) / 1000).toFixed(1),
    messages,
    (stored / 1e6).toFixed(2),
  ];
  return cells.map((cell) => String(cell).padStart(14)).join("");
}

console.log(`${KEYS} keys, ${DAMAGED} damaged, fan-out ${FAN_OUT}`);
console.log(
  ["partitions", "leaves each", "KB beyond keys", "round trips", "MB stored"]
    .map((title) => title.padStart(14))
    .join(""),
);
for (const [partitions, leaves] of [
  [1024, 16],
  [1024, 64],
  [1024, 256],
  [1024, 1024],
  [64, 256],
  [64, 1024],
  [64, 4096],
  [1, 65_536],
] as const) {
  console.log(exchange(new LeafSpace(partitions, leaves)));
}

function measure(title: string, rounds: number, work: (round: number) => void): void {
  for (let round = 0; round < rounds / 10; round++) work(round);
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) work(round);
  const nanoseconds = ((performance.now() - startMs) * 1e6) / rounds;
  console.log(`${title.padEnd(46)}${nanoseconds.toFixed(0).padStart(8)} ns`);
}

const tree = new MerkleTree({ leaves: 1024, fanOut: FAN_OUT });
const clock = causality(1);
const hashes = rows.slice(0, 4096).map(({ key }) => itemHash(key, clock));
measure("hash of an item", 1_000_000, (round) => {
  itemHash(rows[round % KEYS]!.key, clock);
});
measure("put: old hash out, new hash in", 2_000_000, (round) => {
  tree.replace(round % 1024, hashes[round % 4096]!, hashes[(round + 1) % 4096]!);
});
measure("root after one change", 200_000, (round) => {
  tree.replace(round % 1024, hashes[round % 4096]!, hashes[(round + 1) % 4096]!);
  tree.root;
});
measure("root after all 1,024 leaves have changed", 2_000, (round) => {
  for (let leaf = 0; leaf < 1024; leaf++) tree.setLeaf(leaf, { high: round, low: leaf });
  tree.root;
});
measure("root when nothing has changed", 2_000_000, () => {
  tree.root;
});
measure("leaves written out", 5_000, () => {
  tree.encodeLeaves();
});
