import fc from "fast-check";
import type { ActorId } from "../src/actor.ts";
import type { Dot } from "../src/dot.ts";
import { IntervalClock } from "../src/interval-clock.ts";
import type { SiblingSet } from "../src/sibling-set.ts";

/** Few enough actors and counters that clocks meet, touch and overlap. */
export const ACTORS: readonly ActorId[] = [
  "0000000000000000",
  "00000000ffffffff",
  "a1b2c3d4e5f60718",
  "ffffffffffffffff",
];

export const actor = fc.constantFrom(...ACTORS);
export const counter = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 14 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2 ** 53 - 4, max: 2 ** 53 - 1 }) },
);
export const dot: fc.Arbitrary<Dot> = fc.record({ actor, counter });
export const dots = fc.array(dot, { maxLength: 24 });
export const clock = dots.map(clockOf);

/** A set whose context covers what its siblings do and more. */
export const siblingSet: fc.Arbitrary<SiblingSet<{ dot: Dot }>> = fc
  .record({ gone: fc.array(dot, { maxLength: 10 }), present: fc.array(dot, { maxLength: 6 }) })
  .map(({ gone, present }) => setOf(present, clockOf([...gone, ...present])));

export function clockOf(list: readonly Dot[]): IntervalClock {
  return list.reduce((grown, next) => grown.add(next), IntervalClock.EMPTY);
}

/** Siblings that are nothing but their dots, which `context` must cover. */
export function setOf(present: readonly Dot[], context: IntervalClock): SiblingSet<{ dot: Dot }> {
  const byName = new Map(present.map((one) => [nameOf(one), one]));
  const sorted = [...byName.values()].sort((a, b) =>
    a.actor === b.actor ? a.counter - b.counter : a.actor < b.actor ? -1 : 1,
  );
  return { context, siblings: sorted.map((one) => ({ dot: one })) };
}

export function nameOf({ actor, counter }: Dot): string {
  return `${actor}:${counter}`;
}
