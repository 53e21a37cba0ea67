import { compareStamps, ZERO_STAMP } from "@coterie/hybrid-clock";
import { compareDots, IntervalClock } from "@coterie/vector-clock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ACTORS,
  clockOf,
  lastWriteSet,
  nameOf,
  operation,
  stampAt,
  versionOf,
  versionSet,
} from "../test/arbitraries.ts";
import { EMPTY_VERSIONS, findOperation, highestStamp, mergeVersions } from "./merge.ts";
import { spreadTwins } from "./twins.ts";
import type { Mode, Version, VersionSet } from "./version.ts";

const [A, B] = [ACTORS[0]!, ACTORS[1]!];

describe.each<[Mode, fc.Arbitrary<VersionSet>]>([
  ["siblings", versionSet],
  ["lww", lastWriteSet],
])("mergeVersions in mode %s", (mode, set) => {
  const merge = (a: VersionSet, b: VersionSet): VersionSet => mergeVersions(mode, a, b);

  test("it is commutative, associative and idempotent, and the empty set is its unit", () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a));
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
        expect(merge(a, a)).toBe(a);
        expect(merge(a, EMPTY_VERSIONS)).toBe(a);
        expect(merge(EMPTY_VERSIONS, a)).toEqual(a);
      }),
      { numRuns: 500 },
    );
  });

  test("what was merged in before adds nothing and gives the set itself", () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        const merged = merge(merge(a, b), c);
        for (const part of [a, b, c, merge(a, c)]) expect(merge(merged, part)).toBe(merged);
      }),
    );
  });

  test("the context covers both, and every dot that is left", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const merged = merge(a, b);
        expect(merged.context).toEqual(a.context.join(b.context));
        for (const { dot } of spreadTwins(merged.siblings)) {
          expect(merged.context.contains(dot)).toBe(true);
        }
      }),
    );
  });
});

describe("siblings of one operation (trap 9)", () => {
  const write = (actor: string, counter: number, operationNumber: number): Version =>
    versionOf({ actor, counter }, { operationId: operation(operationNumber) });
  const holding = (versions: Version[], seen = IntervalClock.EMPTY): VersionSet => ({
    context: seen.join(clockOf(versions.map(({ dot }) => dot))),
    siblings: versions,
  });
  const merge = (a: VersionSet, b: VersionSet): VersionSet => mergeVersions("siblings", a, b);
  const dotsOf = (set: VersionSet): string[] =>
    spreadTwins(set.siblings).map(({ dot }) => nameOf(dot));

  const first = write(A, 1, 7);
  const retry = write(B, 4, 7);

  test("they collapse to the lower dot, and the context covers both", () => {
    const merged = merge(holding([retry]), holding([first]));
    expect(merged.siblings).toEqual([{ ...first, twins: [retry] }]);
    expect(merged.context).toEqual(clockOf([first.dot, retry.dot]));
  });

  test("a put over what was read replaces both", () => {
    const merged = merge(holding([first]), holding([retry]));
    const over = holding([write(A, 2, 8)], merged.context);
    expect(dotsOf(merge(merged, over))).toEqual([nameOf({ actor: A, counter: 2 })]);
  });

  test("when only the lower dot was seen and replaced, the other speaks, in whatever order sets merge", () => {
    const sets = [
      holding([first]),
      holding([retry]),
      holding([write(A, 2, 8)], clockOf([first.dot])),
    ];
    const expected = {
      context: clockOf([first.dot, retry.dot, { actor: A, counter: 2 }]),
      siblings: [write(A, 2, 8), retry],
    };
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 2, 0],
    ]) {
      const [x, y, z] = order.map((i) => sets[i]!) as [VersionSet, VersionSet, VersionSet];
      expect(merge(merge(x, y), z)).toEqual(expected);
      expect(merge(x, merge(y, z))).toEqual(expected);
    }
  });

  test("dropping the higher dot instead would make the order of merges matter", () => {
    const dropping = (a: VersionSet, b: VersionSet): VersionSet => {
      const merged = merge(a, b);
      return { ...merged, siblings: merged.siblings.map(({ twins: _, ...version }) => version) };
    };
    const [x, y, z] = [
      holding([first]),
      holding([retry]),
      holding([write(A, 2, 8)], clockOf([first.dot])),
    ];
    expect(dropping(dropping(x, y), z)).not.toEqual(dropping(dropping(x, z), y));
  });

  test("three attempts at one operation are one sibling", () => {
    const again = write(B, 6, 7);
    const merged = merge(merge(holding([again]), holding([retry])), holding([first]));
    expect(merged.siblings).toEqual([{ ...first, twins: [retry, again] }]);
  });

  test("there is one sibling for each operation, the lowest of its dots, and none is forgotten", () => {
    fc.assert(
      fc.property(versionSet, versionSet, (a, b) => {
        const { siblings } = merge(a, b);
        const ids = siblings.map(({ operationId }) => operationId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { dot, twins, operationId } of siblings) {
          expect(twins).not.toEqual([]);
          let before = dot;
          for (const twin of twins ?? []) {
            expect(twin.operationId).toBe(operationId);
            expect(twin.twins).toBeUndefined();
            expect(compareDots(before, twin.dot)).toBeLessThan(0);
            before = twin.dot;
          }
        }
        const left = new Set(dotsOf(a).filter((n) => dotsOf(b).includes(n) || !covers(b, n)));
        for (const n of dotsOf(b)) if (dotsOf(a).includes(n) || !covers(a, n)) left.add(n);
        expect(dotsOf(merge(a, b)).sort()).toEqual([...left].sort());
      }),
    );
  });

  function covers(set: VersionSet, name: string): boolean {
    const [actor, counter] = name.split(":") as [string, string];
    return set.context.contains({ actor, counter: Number(counter) });
  }
});

describe("the last write", () => {
  const at = (actor: string, counter: number, wallMs: number): VersionSet => ({
    context: clockOf([{ actor, counter }]),
    siblings: [versionOf({ actor, counter }, { stamp: stampAt(wallMs) })],
  });
  const merge = (a: VersionSet, b: VersionSet): VersionSet => mergeVersions("lww", a, b);

  test("the highest stamp wins, and the context covers the loser", () => {
    expect(merge(at(A, 9, 1_000), at(B, 1, 1_001))).toEqual({
      context: clockOf([
        { actor: A, counter: 9 },
        { actor: B, counter: 1 },
      ]),
      siblings: at(B, 1, 1_001).siblings,
    });
  });

  test("of equal stamps the higher dot wins, at every replica", () => {
    const [a, b] = [at(A, 9, 1_000), at(B, 1, 1_000)];
    expect(merge(a, b).siblings).toEqual(b.siblings);
    expect(merge(b, a).siblings).toEqual(b.siblings);
  });

  test("no version of either side is later than the one that is left", () => {
    fc.assert(
      fc.property(lastWriteSet, lastWriteSet, (a, b) => {
        const all = [...a.siblings, ...b.siblings];
        const { siblings } = merge(a, b);
        expect(siblings.length).toBe(Math.min(all.length, 1));
        for (const version of all) {
          expect(compareStamps(siblings[0]!.stamp, version.stamp)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

test("an operation is found under its speaker, whichever attempt is asked for", () => {
  const first = versionOf({ actor: A, counter: 1 }, { operationId: operation(1) });
  const retry = versionOf({ actor: B, counter: 1 }, { operationId: operation(1) });
  const set = {
    context: clockOf([first.dot, retry.dot]),
    siblings: [{ ...first, twins: [retry] }],
  };
  expect(findOperation(set, operation(1))).toBe(set.siblings[0]);
  expect(findOperation(set, operation(2))).toBeUndefined();
});

test("the highest stamp of a set is that of any sibling or twin, and the zero stamp when it is empty", () => {
  expect(highestStamp(EMPTY_VERSIONS)).toEqual(ZERO_STAMP);
  const low = versionOf({ actor: A, counter: 1 }, { stamp: stampAt(5) });
  const high = versionOf({ actor: B, counter: 1 }, { stamp: stampAt(5, 2) });
  const context = clockOf([low.dot, high.dot]);
  expect(highestStamp({ context, siblings: [low, high] })).toEqual(stampAt(5, 2));
  expect(highestStamp({ context, siblings: [{ ...low, twins: [high] }] })).toEqual(stampAt(5, 2));
});
