import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, actor, clock, clockOf, counter, dot, dots, nameOf } from "../test/arbitraries.ts";
import { IntervalClock } from "./interval-clock.ts";

const A = ACTORS[0]!;
const B = ACTORS[1]!;

describe("IntervalClock as a set of dots", () => {
  test("it contains what was added and nothing else", () => {
    fc.assert(
      fc.property(dots, dots, (added, asked) => {
        const names = new Set(added.map(nameOf));
        const built = clockOf(added);
        for (const one of [...added, ...asked]) {
          expect(built.contains(one)).toBe(names.has(nameOf(one)));
        }
      }),
    );
  });

  test("one set has one representation, whatever the order in which its dots came", () => {
    fc.assert(
      fc.property(dots, (added) => {
        const there = clockOf(added);
        const back = clockOf([...added].reverse());
        expect(there).toEqual(back);
        expect(there.equals(back)).toBe(true);
      }),
    );
  });

  test("intervals of an actor do not touch", () => {
    expect(clockOf([1, 3, 2, 6, 5].map((counter) => ({ actor: A, counter }))).intervals()).toEqual([
      { actor: A, from: 1, to: 3 },
      { actor: A, from: 5, to: 6 },
    ]);
  });

  test("the intervals of one actor can be had alone, and its last counter", () => {
    const built = clockOf([
      { actor: A, counter: 4 },
      { actor: B, counter: 2 },
      { actor: B, counter: 9 },
    ]);
    expect(built.intervals(B)).toEqual([
      { actor: B, from: 2, to: 2 },
      { actor: B, from: 9, to: 9 },
    ]);
    expect([built.lastOf(A), built.lastOf(B), built.lastOf(ACTORS[2]!)]).toEqual([4, 9, 0]);
    expect([built.isEmpty, IntervalClock.EMPTY.isEmpty]).toEqual([false, true]);
  });

  test("adding what is known gives the clock itself", () => {
    fc.assert(
      fc.property(clock, dot, (some, one) => {
        const grown = some.add(one);
        expect(grown.add(one)).toBe(grown);
        expect(some.contains(one) ? grown === some : !some.contains(one)).toBe(true);
      }),
    );
  });
});

describe("extend", () => {
  test("it adds the run from a known dot", () => {
    fc.assert(
      fc.property(
        clock,
        actor,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(9),
        (some, who, from, more) => {
          const known = some.add({ actor: who, counter: from });
          const run = Array.from({ length: more + 1 }, (_, i) => ({
            actor: who,
            counter: from + i,
          }));
          expect(known.extend(who, from, from + more)).toEqual(
            run.reduce((grown, next) => grown.add(next), known),
          );
        },
      ),
    );
  });

  test("from a dot that is not known is a bug", () => {
    expect(() => IntervalClock.EMPTY.extend(A, 1, 2)).toThrow("from a dot it contains");
    expect(() => clockOf([{ actor: A, counter: 3 }]).extend(A, 3, 2)).toThrow("a run of counters");
  });

  test("a counter outside 1 … 2^53 - 1 is a bug", () => {
    for (const wrong of [0, -1, 1.5, 2 ** 53, Number.NaN]) {
      expect(() => IntervalClock.EMPTY.add({ actor: A, counter: wrong })).toThrow(
        "a run of counters",
      );
    }
  });
});

describe("join", () => {
  test("it is commutative, associative and idempotent, and the empty clock is its unit", () => {
    fc.assert(
      fc.property(clock, clock, clock, (a, b, c) => {
        expect(a.join(b)).toEqual(b.join(a));
        expect(a.join(b).join(c)).toEqual(a.join(b.join(c)));
        expect(a.join(a)).toBe(a);
        expect(a.join(IntervalClock.EMPTY)).toBe(a);
      }),
    );
  });

  test("it is the union", () => {
    fc.assert(
      fc.property(dots, dots, (a, b) => {
        expect(clockOf(a).join(clockOf(b))).toEqual(clockOf([...a, ...b]));
      }),
    );
  });

  test("a clock that has all of the other is returned itself", () => {
    fc.assert(
      fc.property(clock, clock, (a, b) => {
        const joined = a.join(b);
        expect(joined.join(a)).toBe(joined);
        expect(joined.join(b)).toBe(joined);
        expect(a.join(joined).equals(joined)).toBe(true);
      }),
    );
  });
});

describe("descends", () => {
  test("it is a partial order: reflexive, antisymmetric, transitive", () => {
    fc.assert(
      fc.property(clock, clock, clock, (a, b, c) => {
        expect(a.descends(a)).toBe(true);
        expect(a.descends(b) && b.descends(a)).toBe(a.equals(b));
        const [low, middle, high] = [a, a.join(b), a.join(b).join(c)];
        expect([middle.descends(low), high.descends(middle), high.descends(low)]).toEqual([
          true,
          true,
          true,
        ]);
        if (a.descends(b) && b.descends(c)) expect(a.descends(c)).toBe(true);
      }),
    );
  });

  test("it holds exactly when every dot of the other is contained", () => {
    fc.assert(
      fc.property(clock, dots, (a, list) => {
        const all = list.every((one) => a.contains(one));
        expect(a.descends(clockOf(list))).toBe(all);
      }),
    );
  });

  test("a later dot of an actor does not stand for an earlier one", () => {
    fc.assert(
      fc.property(actor, counter, counter, (who, a, b) => {
        fc.pre(a !== b);
        const one = clockOf([{ actor: who, counter: a }]);
        expect(one.descends(clockOf([{ actor: who, counter: b }]))).toBe(false);
      }),
    );
  });
});
