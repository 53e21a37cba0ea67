import fc from "fast-check";
import { expect, test } from "vitest";
import { OwnIncarnation } from "./own-incarnation.ts";

test("nothing is used before it is durable", () => {
  const own = new OwnIncarnation(0, 4);
  expect(own.toPersist()).toBe(5);
  expect(own.current).toBe(0);
  own.persisted(5);
  expect(own.current).toBe(1);
});

test("within the reserve a higher one is used at once, and more is asked for ahead of need", () => {
  const own = new OwnIncarnation(0, 4);
  own.persisted(own.toPersist()!);
  own.raise(3);
  expect(own.current).toBe(3);
  expect(own.toPersist()).toBeUndefined();
  own.raise(4);
  expect([own.current, own.toPersist(), own.toPersist()]).toEqual([4, 8, undefined]);
});

test("beyond the reserve it waits", () => {
  const own = new OwnIncarnation(0, 4);
  own.persisted(own.toPersist()!);
  own.raise(100);
  expect([own.current, own.toPersist()]).toEqual([1, 104]);
  own.persisted(104);
  expect(own.current).toBe(100);
});

test("without a reserve every number is stored before its use", () => {
  const own = new OwnIncarnation(7, 0);
  expect(own.toPersist()).toBe(8);
  own.persisted(8);
  own.raiseByOne();
  expect([own.current, own.toPersist()]).toEqual([8, 9]);
});

test("no incarnation is used in two lives, wherever a crash falls", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("raise"), by: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ type: fc.constantFrom("store", "crash") }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.array(step), (reserve, steps) => {
      let stored = 0;
      let own = new OwnIncarnation(stored, reserve);
      let highestOfEarlierLives = 0;
      let asked = own.toPersist();
      for (const { type, ...rest } of steps) {
        if (type === "raise" && "by" in rest) own.raise(own.current + rest.by);
        asked = own.toPersist() ?? asked;
        if (type === "store" && asked !== undefined) {
          stored = Math.max(stored, asked);
          own.persisted(asked);
        }
        if (type === "crash") {
          highestOfEarlierLives = Math.max(highestOfEarlierLives, own.current);
          own = new OwnIncarnation(stored, reserve);
          asked = own.toPersist();
        }
        expect(own.current).toBeLessThanOrEqual(stored);
        if (own.current > 0) expect(own.current).toBeGreaterThan(highestOfEarlierLives);
      }
    }),
    { numRuns: 200 },
  );
});
