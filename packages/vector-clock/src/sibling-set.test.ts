import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, clock, clockOf, dots, nameOf, setOf, siblingSet } from "../test/arbitraries.ts";
import type { Dot } from "./dot.ts";
import { IntervalClock } from "./interval-clock.ts";
import { EMPTY_SET, mergeSiblings, putSibling, replaceSeen } from "./sibling-set.ts";

const A = ACTORS[0]!;
const B = ACTORS[1]!;
const at = (actor: string, counter: number): { dot: Dot } => ({ dot: { actor, counter } });
const run = (actor: string, from: number, to: number): IntervalClock =>
  clockOf([{ actor, counter: from }]).extend(actor, from, to);

describe("mergeSiblings", () => {
  test("it is commutative, associative and idempotent", () => {
    fc.assert(
      fc.property(siblingSet, siblingSet, siblingSet, (a, b, c) => {
        expect(mergeSiblings(a, b)).toEqual(mergeSiblings(b, a));
        expect(mergeSiblings(mergeSiblings(a, b), c)).toEqual(
          mergeSiblings(a, mergeSiblings(b, c)),
        );
        expect(mergeSiblings(a, a)).toBe(a);
        expect(mergeSiblings(a, EMPTY_SET)).toBe(a);
      }),
    );
  });

  test("a sibling survives when both hold it, or one does and the other never saw it", () => {
    fc.assert(
      fc.property(siblingSet, siblingSet, (a, b) => {
        const holds = (set: typeof a, dot: Dot): boolean =>
          set.siblings.some((sibling) => nameOf(sibling.dot) === nameOf(dot));
        const expected = [...a.siblings, ...b.siblings]
          .map(({ dot }) => dot)
          .filter((dot) => holds(a, dot) || !a.context.contains(dot))
          .filter((dot) => holds(b, dot) || !b.context.contains(dot));
        expect(mergeSiblings(a, b)).toEqual(setOf(expected, a.context.join(b.context)));
      }),
    );
  });

  test("a set that the other changes nothing in is returned itself", () => {
    fc.assert(
      fc.property(siblingSet, siblingSet, (a, b) => {
        const merged = mergeSiblings(a, b);
        expect(mergeSiblings(merged, a)).toBe(merged);
        expect(mergeSiblings(merged, b)).toBe(merged);
      }),
    );
  });
});

describe("replaceSeen", () => {
  test("it drops what is covered and keeps the context", () => {
    fc.assert(
      fc.property(siblingSet, clock, (set, seen) => {
        expect(replaceSeen(set, seen)).toEqual({
          context: set.context,
          siblings: set.siblings.filter(({ dot }) => !seen.contains(dot)),
        });
      }),
    );
  });

  test("a set of which nothing is covered is returned itself", () => {
    const set = setOf([at(A, 1).dot], run(A, 1, 1));
    expect(replaceSeen(set, run(B, 1, 9))).toBe(set);
  });
});

describe("putSibling", () => {
  const blind = { seen: IntervalClock.EMPTY, ownedTo: undefined };

  test("a blind put stands beside what is there", () => {
    const before = setOf([at(B, 4).dot], run(B, 4, 4));
    expect(putSibling(before, at(A, 2), blind)).toEqual({
      set: setOf([at(A, 2).dot, at(B, 4).dot], run(B, 4, 4).add(at(A, 2).dot)),
      context: run(A, 2, 2),
    });
  });

  test("a put replaces what its writer has seen", () => {
    const before = setOf([at(A, 1).dot, at(B, 4).dot], run(A, 1, 1).join(run(B, 4, 4)));
    const put = putSibling(before, at(A, 2), { seen: run(B, 4, 4), ownedTo: undefined });
    expect(put.set.siblings).toEqual([at(A, 1), at(A, 2)]);
    expect(put.context).toEqual(run(B, 4, 4).join(run(A, 2, 2)));
  });

  test("the interval of an unbroken row is extended over the counters of other keys", () => {
    const before = setOf([at(A, 3).dot], run(A, 1, 3));
    const put = putSibling(before, at(A, 9), { seen: run(A, 1, 3), ownedTo: 3 });
    expect(put.set).toEqual(setOf([at(A, 9).dot], run(A, 1, 9)));
    expect(put.context).toEqual(run(A, 1, 9));
  });

  test("a broken row opens a new interval at the dot", () => {
    const before = setOf([at(A, 3).dot], run(A, 1, 3));
    const put = putSibling(before, at(A, 9), { seen: run(A, 1, 3), ownedTo: undefined });
    expect(put.set.context).toEqual(run(A, 1, 3).add(at(A, 9).dot));
  });

  test("a row that knows a later dot of the actor than it owns is taken for broken", () => {
    const later = setOf([at(A, 5).dot], run(A, 1, 3).add(at(A, 5).dot));
    expect(
      putSibling(later, at(A, 9), {
        seen: IntervalClock.EMPTY,
        ownedTo: 3,
      }).set.context.intervals(),
    ).toHaveLength(3);
    const row = setOf([at(A, 3).dot], run(A, 1, 3));
    expect(
      putSibling(row, at(A, 9), { seen: run(A, 5, 5), ownedTo: 3 }).set.context.intervals(),
    ).toHaveLength(3);
  });

  test("the writer's context is extended only from the owned dot that the writer has seen", () => {
    const before = setOf([at(A, 3).dot], run(A, 1, 3));
    const unaware = putSibling(before, at(A, 9), { seen: run(A, 1, 2), ownedTo: 3 });
    expect(unaware.set.context).toEqual(run(A, 1, 9));
    expect(unaware.set.siblings).toEqual([at(A, 3), at(A, 9)]);
    expect(unaware.context).toEqual(run(A, 1, 2).add(at(A, 9).dot));
  });

  test("it leaves what the writer has not seen, and its context covers none of that", () => {
    const unseen = fc.record({ set: siblingSet, seen: clock, owned: fc.boolean(), gap: fc.nat(5) });
    fc.assert(
      fc.property(unseen, dots, ({ set, seen, owned, gap }, asked) => {
        const last = Math.max(set.context.lastOf(A), seen.lastOf(A));
        fc.pre(last < 2 ** 53 - 10);
        const ownedTo = owned && last > 0 ? last : undefined;
        const { context, set: after } = putSibling(set, at(A, last + 1 + gap), { seen, ownedTo });
        for (const sibling of set.siblings) {
          const covered = seen.contains(sibling.dot);
          expect(after.siblings.includes(sibling)).toBe(!covered);
          expect(context.contains(sibling.dot)).toBe(covered);
        }
        for (const dot of asked) {
          if (dot.actor === A && dot.counter > last) continue;
          expect(context.contains(dot)).toBe(seen.contains(dot));
          expect(after.context.contains(dot)).toBe(seen.contains(dot) || set.context.contains(dot));
        }
        expect(after.siblings.every(({ dot }) => after.context.contains(dot))).toBe(true);
      }),
    );
  });

  test("a dot that is covered already is a bug", () => {
    const before = setOf([at(A, 3).dot], run(A, 1, 3));
    expect(() => putSibling(before, at(A, 2), blind)).toThrow("the write would be lost");
    expect(() =>
      putSibling(EMPTY_SET, at(A, 2), { seen: run(A, 1, 3), ownedTo: undefined }),
    ).toThrow("the write would be lost");
  });
});
