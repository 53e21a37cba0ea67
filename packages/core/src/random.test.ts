import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { below, fraction, randomBytes, SeededRandom, shuffle } from "./random.ts";
import { systemRandom } from "./system-random.ts";

describe("SeededRandom", () => {
  test("the same seed gives the same run", () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 20 }, () => random.uint32());
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
    expect(draw(1)).not.toEqual(draw(2 ** 32 + 1));
  });

  test("every bit is set about half of the time", () => {
    const random = new SeededRandom(1);
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const word = random.uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - 5000)).toBeLessThan(300);
  });

  test("a fork does not change what its parent draws after it, however much the fork draws", () => {
    const quiet = new SeededRandom(5);
    quiet.fork();
    const noisy = new SeededRandom(5);
    const fork = noisy.fork();
    for (let i = 0; i < 100; i++) fork.uint32();
    expect(noisy.uint32()).toBe(quiet.uint32());
  });
});

test("integers below a bound stay below it and reach all of it", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 9 }), (seed, bound) => {
      const random = new SeededRandom(seed);
      const seen = new Set(Array.from({ length: 300 }, () => below(random, bound)));
      expect([...seen].sort()).toEqual(Array.from({ length: bound }, (_, i) => i));
    }),
    { numRuns: 30 },
  );
});

test("fractions lie in [0, 1)", () => {
  expect(fraction({ uint32: () => 0 })).toBe(0);
  expect(fraction({ uint32: () => 0xffffffff })).toBeLessThan(1);
});

test("a shuffle keeps every element", () => {
  const list = Array.from({ length: 50 }, (_, i) => i);
  expect(shuffle(new SeededRandom(3), [...list]).sort((a, b) => a - b)).toEqual(list);
});

test("random bytes have the length asked for", () => {
  for (const count of [0, 1, 4, 7, 16]) {
    expect(randomBytes(new SeededRandom(1), count).length).toBe(count);
  }
});

test("the machine's chance does not repeat itself across refills of its pool", () => {
  const words = Array.from({ length: 3000 }, () => systemRandom.uint32());
  expect(new Set(words).size).toBeGreaterThan(2990);
});
