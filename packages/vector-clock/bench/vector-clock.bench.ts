// What clocks cost, by the number of actors that ever wrote the key. `pnpm build`, then `pnpm bench`.
import { ByteReader, ByteWriter, SeededRandom } from "@coterie/core";
import { drawActor, IntervalClock, mergeSiblings, putSibling } from "@coterie/vector-clock";

const random = new SeededRandom(1);
const SIZES = [1, 3, 100];

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

/** A clock with one interval for each actor. */
function sample(actors: number): IntervalClock {
  let clock = IntervalClock.EMPTY;
  for (let i = 0; i < actors; i++) {
    const actor = drawActor(random);
    clock = clock.add({ actor, counter: 1_000 + i }).extend(actor, 1_000 + i, 100_000 + i);
  }
  return clock;
}

const clocks = SIZES.map(sample);

function row(name: string, work: (clock: IntervalClock) => () => unknown): void {
  const cells = clocks.map((clock) => `${nanoseconds(work(clock)).toFixed(0)} ns`.padStart(9));
  console.log(`| ${name.padEnd(28)} | ${cells.join(" | ")} |`);
}

const encoded = (clock: IntervalClock): Uint8Array => {
  const writer = new ByteWriter(32 * (clock.entries.length + 1));
  clock.encode(writer);
  return writer.finish();
};
const lastDot = (clock: IntervalClock) => {
  const { actor } = clock.entries.at(-1)!;
  return { actor, counter: clock.lastOf(actor) };
};

console.log("| actors                       |         1 |         3 |       100 |");
console.log("|------------------------------|----------:|----------:|----------:|");
row("contains", (clock) => {
  const dot = lastDot(clock);
  return () => clock.contains(dot);
});
row("join, nothing new", (clock) => {
  const same = IntervalClock.decode(new ByteReader(encoded(clock)));
  return () => clock.join(same);
});
row("join, one dot newer", (clock) => {
  const { actor, counter } = lastDot(clock);
  const newer = clock.extend(actor, counter, counter + 5);
  return () => clock.join(newer);
});
row("join, both new", (clock) => {
  const { actor, counter } = lastDot(clock);
  const [left, right] = [clock.add({ actor: drawActor(random), counter: 1 }), clock];
  const newer = right.extend(actor, counter, counter + 5);
  return () => left.join(newer);
});
row("putSibling over what was read", (clock) => {
  const { actor, counter } = lastDot(clock);
  const set = { context: clock, siblings: [{ dot: { actor, counter } }] };
  const sibling = { dot: { actor, counter: counter + 5 } };
  return () => putSibling(set, sibling, { seen: clock, ownedTo: counter });
});
row("mergeSiblings of that", (clock) => {
  const { actor, counter } = lastDot(clock);
  const set = { context: clock, siblings: [{ dot: { actor, counter } }] };
  const sibling = { dot: { actor, counter: counter + 5 } };
  const next = putSibling(set, sibling, { seen: clock, ownedTo: counter }).set;
  return () => mergeSiblings(set, next);
});
row("encode", (clock) => () => encoded(clock));
row("decode", (clock) => {
  const bytes = encoded(clock);
  return () => IntervalClock.decode(new ByteReader(bytes));
});
console.log(`\nencoded: ${clocks.map((clock) => encoded(clock).length).join(", ")} bytes`);
if (sink === undefined) throw new Error("nothing was measured");
