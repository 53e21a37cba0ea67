import { SeededRandom } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProbeOrder } from "./probe-order.ts";

const everyone = (): boolean => true;

test("[SWIM §4.3] every member is probed once in each pass, so within 2n - 1 probes of the last time", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, members) => {
      const order = new ProbeOrder(new SeededRandom(seed));
      for (let i = 0; i < members; i++) order.add(`m${i}`);
      for (let pass = 0; pass < 3; pass++) {
        const probed = Array.from({ length: members }, () => order.next(everyone));
        expect(new Set(probed).size).toBe(members);
      }
    }),
    { numRuns: 50 },
  );
});

test("[SWIM §4.3] the order changes from pass to pass", () => {
  const order = new ProbeOrder(new SeededRandom(1));
  for (let i = 0; i < 20; i++) order.add(`m${i}`);
  const pass = (): string => Array.from({ length: 20 }, () => order.next(everyone)).join(" ");
  expect(pass()).not.toBe(pass());
});

test("[SWIM §4.3] a newcomer enters at a random place and is probed in the pass under way", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 9 }), (seed, probed) => {
      const order = new ProbeOrder(new SeededRandom(seed));
      for (let i = 0; i < 10; i++) order.add(`m${i}`);
      for (let i = 0; i < probed + 1; i++) order.next(everyone);
      order.add("new");
      const rest = Array.from({ length: 10 - probed }, () => order.next(everyone));
      expect(rest).toContain("new");
      expect(new Set(rest).size).toBe(rest.length);
    }),
    { numRuns: 50 },
  );
});

test("who no longer lives is skipped, and probed again once it lives again", () => {
  const order = new ProbeOrder(new SeededRandom(1));
  order.add("a");
  order.add("b");
  const withoutB = (id: string): boolean => id !== "b";
  expect([order.next(withoutB), order.next(withoutB), order.next(withoutB)]).toEqual([
    "a",
    "a",
    "a",
  ]);
  order.add("b");
  const probed = [order.next(everyone), order.next(everyone), order.next(everyone)];
  expect(new Set(probed)).toEqual(new Set(["a", "b"]));
});

test("nobody to probe", () => {
  const order = new ProbeOrder(new SeededRandom(1));
  expect(order.next(everyone)).toBeUndefined();
  order.add("a");
  expect(order.next(() => false)).toBeUndefined();
});
