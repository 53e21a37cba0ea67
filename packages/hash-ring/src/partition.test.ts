import { compareTokens } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partitionOf } from "./partition.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const token = fc.record({ high: word, low: word });
const partitions = fc.integer({ min: 0, max: 16 }).map((bits) => 2 ** bits);

describe("partitionOf", () => {
  test("token order is partition order, so that a partition is one range of tokens", () => {
    fc.assert(
      fc.property(token, token, partitions, (a, b, q) => {
        const [first, second] = compareTokens(a, b) <= 0 ? [a, b] : [b, a];
        expect(partitionOf(first, q)).toBeLessThanOrEqual(partitionOf(second, q));
      }),
      { numRuns: 300 },
    );
  });

  test("partitions are equal ranges that begin with the first token and end with the last", () => {
    fc.assert(
      fc.property(partitions, fc.nat(), (q, n) => {
        const p = n % q;
        const width = 2 ** 32 / q;
        expect(partitionOf({ high: p * width, low: 0 }, q)).toBe(p);
        expect(partitionOf({ high: (p + 1) * width - 1, low: 0xffff_ffff }, q)).toBe(p);
      }),
      { numRuns: 300 },
    );
  });

  test("a single partition holds every token", () => {
    expect(partitionOf({ high: 0xffff_ffff, low: 7 }, 1)).toBe(0);
  });

  test.each([0, -1, 3, 1000, 1.5, 131_072, Number.NaN, 2 ** 32])(
    "%d partitions are refused",
    (q) => {
      expect(() => partitionOf({ high: 1, low: 1 }, q)).toThrow(
        new RangeError(
          `The number of partitions must be a power of two from 1 to 65536, not ${q}.`,
        ),
      );
    },
  );
});
