// What a put and a get cost a node beside the network and the disk. `pnpm build`, then `pnpm bench`.
import { SeededRandom, xxh64 } from "@coterie/core";
import { drawActor, IntervalClock } from "@coterie/vector-clock";
import {
  causalityOf,
  decodeContextToken,
  decodeVersions,
  EMPTY_VERSIONS,
  encodeContextToken,
  encodeVersions,
  mergeVersions,
  mint,
  type OwnedRow,
  type VersionSet,
} from "@coterie/versions";

const random = new SeededRandom(1);
const actors = [drawActor(random), drawActor(random), drawActor(random)];
const value = new Uint8Array(100);
const token = xxh64(value);
let counter = 1_000_000;

/** A put at one of three coordinators. */
function put(row: OwnedRow | undefined, requestContext: IntervalClock, at = 0) {
  counter++;
  return mint("siblings", row, {
    dot: { actor: actors[at]!, counter },
    stamp: { wallMs: 1_700_000_000_000 + counter, logical: 0 },
    requestContext,
    follows: [],
    repeated: false,
    operationId: counter.toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "bytes",
    expiresAtMs: undefined,
    value,
  });
}

/** A key written in turn through three coordinators, with `siblings` concurrent writes at its end. */
function sample(siblings: number): VersionSet {
  let set = EMPTY_VERSIONS;
  for (let i = 0; i < 3; i++) set = put({ set, ownedTo: undefined }, set.context, i).set;
  const seen = set.context;
  for (let i = 0; i < siblings; i++) set = put({ set, ownedTo: undefined }, seen, i % 3).set;
  return set;
}

let sink: unknown;

function nanoseconds(work: () => unknown): number {
  const round = (runs: number): number => {
    const begun = performance.now();
    for (let i = 0; i < runs; i++) sink = work();
    return ((performance.now() - begun) * 1e6) / runs;
  };
  round(30_000);
  return Math.min(...Array.from({ length: 25 }, () => round(5_000)));
}

const one = sample(1);
const eight = sample(8);

function row(name: string, work: (set: VersionSet) => () => unknown): void {
  const cells = [one, eight].map((set) => `${nanoseconds(work(set)).toFixed(0)} ns`.padStart(10));
  console.log(`| ${name.padEnd(36)} | ${cells.join(" | ")} |`);
}

console.log(`| 3 actors, 100-byte values            | 1 sibling  | 8 siblings |`);
console.log(`|--------------------------------------|-----------:|-----------:|`);
row("encodeVersions", (set) => () => encodeVersions(set));
row("decodeVersions", (set) => {
  const bytes = encodeVersions(set);
  return () => decodeVersions(bytes);
});
row("causalityOf", (set) => {
  const bytes = encodeVersions(set);
  return () => causalityOf(bytes);
});
row("mergeVersions, nothing new", (set) => {
  const same = decodeVersions(encodeVersions(set));
  return () => mergeVersions("siblings", set, same);
});
row("mergeVersions, a put that replaces all", (set) => {
  const next = put({ set, ownedTo: set.context.lastOf(actors[0]!) }, set.context).set;
  return () => mergeVersions("siblings", set, next);
});
row("mint over what was read", (set) => {
  const ownedTo = set.context.lastOf(actors[0]!);
  return () => put({ set, ownedTo }, set.context);
});
row("mint blindly", (set) => {
  const ownedTo = set.context.lastOf(actors[0]!);
  return () => put({ set, ownedTo }, IntervalClock.EMPTY);
});
row("encodeContextToken", (set) => {
  const stamp = set.siblings[0]!.stamp;
  return () => encodeContextToken({ context: set.context, stamp, follows: [] }, token);
});
row("decodeContextToken", (set) => {
  const stamp = set.siblings[0]!.stamp;
  const bytes = encodeContextToken({ context: set.context, stamp, follows: [] }, token);
  return () => decodeContextToken(bytes, token);
});
console.log(`\nencoded: ${encodeVersions(one).length} and ${encodeVersions(eight).length} bytes`);
if (sink === undefined) throw new Error("nothing was measured");
