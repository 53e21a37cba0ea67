import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MergeFunction } from "../core/index.ts";
import {
  type Counter,
  count,
  counter,
  fields,
  latestBy,
  max,
  min,
  total,
  union,
  unionBy,
} from "./index.ts";

const json = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 3 }),
  fc.record({ id: fc.constantFrom("a", "b", "c"), size: fc.integer({ max: 3, min: 0 }) }),
);
const stamped = fc.record({ at: fc.integer({ min: 0, max: 3 }), value: fc.constantFrom("x", "y") });
const sums = fc.tuple(fc.nat(5), fc.nat(5));
const counters = fc.dictionary(fc.constantFrom("p", "q", "r"), sums) as fc.Arbitrary<Counter>;
const users = fc.record(
  { logins: fc.nat(5), tags: fc.array(fc.constantFrom("u", "v", "w")) },
  { requiredKeys: [] },
);

function laws<T>(name: string, values: fc.Arbitrary<T>, merge: MergeFunction<T>): void {
  /** One merge with itself brings a value to the form that merges give. */
  const settle = (value: T): T => merge(value, value);
  describe(name, () => {
    test("gives the same whichever comes first", () => {
      fc.assert(
        fc.property(values, values, (a, b) => {
          expect(merge(a, b)).toEqual(merge(b, a));
        }),
        { numRuns: 200 },
      );
    });
    test("gives the same however three are paired", () => {
      fc.assert(
        fc.property(values, values, values, (a, b, c) => {
          expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
        }),
        { numRuns: 200 },
      );
    });
    test("changes nothing when it is done again", () => {
      fc.assert(
        fc.property(values, values, (a, b) => {
          expect(merge(merge(a, b), b)).toEqual(merge(a, b));
          expect(settle(settle(a))).toEqual(settle(a));
        }),
        { numRuns: 200 },
      );
    });
  });
}

laws("union", fc.array(json, { maxLength: 5 }), union());
laws(
  "unionBy",
  fc.array(fc.record({ id: fc.constantFrom("a", "b", "c"), n: fc.nat(4) }), { maxLength: 5 }),
  unionBy((item) => item.id),
);
laws("max", fc.integer(), max<number>());
laws("min", fc.string(), min<string>());
laws(
  "latestBy",
  stamped,
  latestBy((value) => value.at),
);
laws("counter", counters, counter);
laws(
  "fields",
  users,
  fields<{ logins?: number; tags?: readonly string[] }>({ logins: max(), tags: union() }) as never,
);

test("a union keeps what either side has, once", () => {
  expect(union<string>()(["milk", "eggs"], ["eggs", "tea"])).toEqual(["eggs", "milk", "tea"]);
});

test("counts of several writers add up, and a copy of one is not counted twice", () => {
  const a = count(count(undefined, "a", 5), "a", -2);
  const b = count(a, "b", 10);
  expect(total(counter(a, b))).toBe(13);
  expect(total(counter(counter(a, b), b))).toBe(13);
});
