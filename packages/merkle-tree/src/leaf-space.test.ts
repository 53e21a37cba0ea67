import { compareTokens, type Token } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LeafSpace } from "./leaf-space.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });
const token = fc.record({ high: word, low: word });
const space = fc
  .tuple(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 5000 }))
  .map(([bits, leaves]) => new LeafSpace(2 ** bits, leaves));

function partitionOf({ high }: Token, { partitions }: LeafSpace): number {
  return partitions === 1 ? 0 : high >>> (32 - Math.log2(partitions));
}

test("a token lies between the first token of its leaf and that of the next", () => {
  fc.assert(
    fc.property(space, token, (leaves, at) => {
      const partition = partitionOf(at, leaves);
      const leaf = leaves.leafOf(at);
      expect(compareTokens(leaves.firstToken(partition, leaf)!, at)).toBeLessThanOrEqual(0);
      const next = leaves.firstToken(partition, leaf + 1);
      if (next !== undefined) expect(compareTokens(next, at)).toBeGreaterThan(0);
      else expect([partition, leaf]).toEqual([leaves.partitions - 1, leaves.leaves - 1]);
    }),
    { numRuns: 500 },
  );
});

test("the first token of a leaf is in it, and the one before is not", () => {
  fc.assert(
    fc.property(space, fc.nat(), (leaves, at) => {
      const leaf = at % leaves.leaves;
      const first = leaves.firstToken(0, leaf)!;
      expect(leaves.leafOf(first)).toBe(leaf);
      if (leaf === 0) return;
      const before =
        first.low > 0
          ? { high: first.high, low: first.low - 1 }
          : { high: first.high - 1, low: 0xffffffff };
      expect(leaves.leafOf(before)).toBe(leaf - 1);
    }),
    { numRuns: 500 },
  );
});

test("leaves are even: each gets its share of random tokens", () => {
  const leaves = new LeafSpace(1024, 10);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const high = Math.imul(i, 0x9e3779b1) >>> 0;
    counts[leaves.leafOf({ high, low: Math.imul(i, 0x85ebca6b) >>> 0 })]! += 1;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test("a space that cannot be is refused", () => {
  expect(() => new LeafSpace(3, 10)).toThrow();
  expect(() => new LeafSpace(2 ** 17, 10)).toThrow();
  expect(() => new LeafSpace(16, 0)).toThrow();
  expect(() => new LeafSpace(16, 1.5)).toThrow();
});
