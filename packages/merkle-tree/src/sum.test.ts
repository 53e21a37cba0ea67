import type { Token } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { add, itemHash, leafSum } from "./sum.ts";

const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
);
const token = fc.record({ high: word, low: word });
const big = ({ high, low }: Token): bigint => (BigInt(high) << 32n) | BigInt(low);

test("sums are those of 64-bit integers", () => {
  fc.assert(
    fc.property(token, token, (a, b) => {
      expect(big(add(a, b))).toBe(BigInt.asUintN(64, big(a) + big(b)));
    }),
    { numRuns: 500 },
  );
});

test("a leaf's sum does not depend on the order of its items", () => {
  fc.assert(
    fc.property(fc.array(token), (hashes) => {
      const items = hashes.map((hash) => ({ hash }));
      expect(leafSum(items)).toEqual(leafSum(items.toReversed()));
    }),
  );
});

test("an item's hash tells where its key ends and its causality begins", () => {
  const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
  expect(itemHash(bytes(1, 2), bytes(3))).not.toEqual(itemHash(bytes(1), bytes(2, 3)));
  expect(itemHash(bytes(1, 2), bytes(3))).toEqual(itemHash(bytes(1, 2), bytes(3)));
});
