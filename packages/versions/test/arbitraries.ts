import type { HlcStamp } from "@coterie/hybrid-clock";
import { type ActorId, type Dot, IntervalClock } from "@coterie/vector-clock";
import fc from "fast-check";
import { collapse } from "../src/merge.ts";
import type { Encoding, Version, VersionSet } from "../src/version.ts";

export const ACTORS: readonly ActorId[] = [
  "0000000000000000",
  "00000000ffffffff",
  "a1b2c3d4e5f60718",
];

const dot: fc.Arbitrary<Dot> = fc.record({
  actor: fc.constantFrom(...ACTORS),
  counter: fc.integer({ min: 1, max: 9 }),
});

export const clock: fc.Arbitrary<IntervalClock> = fc
  .array(dot, { maxLength: 12 })
  .map((list) => clockOf(list));

/**
 * What replicas may hold of one key: context and siblings at random, but one dot is one version, and
 * few operations for many dots, so that most sets have twins.
 */
export const versionSet: fc.Arbitrary<VersionSet> = fc
  .record({ gone: fc.array(dot, { maxLength: 8 }), present: fc.array(dot, { maxLength: 6 }) })
  .map(({ gone, present }) => setOf(present, clockOf([...gone, ...present])));

/** What replicas may hold of one key in a bucket where the last write wins. */
export const lastWriteSet: fc.Arbitrary<VersionSet> = fc
  .record({ gone: fc.array(dot, { maxLength: 8 }), present: fc.option(dot, { nil: undefined }) })
  .map(({ gone, present }) => {
    const list = present === undefined ? [] : [present];
    return setOf(list, clockOf([...gone, ...list]));
  });

export function clockOf(list: readonly Dot[]): IntervalClock {
  return list.reduce((grown, next) => grown.add(next), IntervalClock.EMPTY);
}

/** The one version that a dot stands for; every other property is a function of the dot. */
export function versionOf({ actor, counter }: Dot, over: Partial<Version> = {}): Version {
  const mixed = (ACTORS.indexOf(actor) + 1) * 7 + counter * 5;
  const tombstone = mixed % 5 === 0;
  return {
    dot: { actor, counter },
    stamp: { wallMs: 1_000 + (mixed % 4), logical: mixed % 3 },
    operationId: operation(mixed % 6),
    tombstone,
    encoding: (["bytes", "utf8", "json"] satisfies Encoding[])[mixed % 3]!,
    expiresAtMs: mixed % 4 === 0 ? 2_000 + mixed : undefined,
    value: tombstone ? new Uint8Array(0) : new Uint8Array(mixed % 7).fill(mixed),
    ...(mixed % 3 === 0 ? { repeated: true } : {}),
    ...over,
  };
}

export function operation(number: number): string {
  return number.toString(16).padStart(32, "0");
}

export function stampAt(wallMs: number, logical = 0): HlcStamp {
  return { wallMs, logical };
}

/** A collapsed set of these dots' versions; `context` must cover them. */
export function setOf(present: readonly Dot[], context: IntervalClock): VersionSet {
  const byName = new Map(present.map((one) => [nameOf(one), one]));
  const flat = [...byName.values()]
    .sort((a, b) => (a.actor === b.actor ? a.counter - b.counter : a.actor < b.actor ? -1 : 1))
    .map((one) => versionOf(one));
  return collapse({ context, siblings: flat });
}

export function nameOf({ actor, counter }: Dot): string {
  return `${actor}:${counter}`;
}
