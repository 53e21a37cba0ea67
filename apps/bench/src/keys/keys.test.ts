import { SeededRandom } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { KeySpace, type KeySpaceOptions } from "./key-space.ts";
import { scramble } from "./scramble.ts";
import { Zipfian } from "./zipfian.ts";

const DRAWS = 200_000;

function keySpace(options: Partial<KeySpaceOptions>): KeySpace {
  const defaults = { records: 1000, skew: 0.99, process: 0, processes: 1 };
  return new KeySpace({ distribution: "zipfian", ...defaults, ...options });
}

/** YCSB's own way, with integers of any size. */
function fnv64(rank: bigint, count: bigint): number {
  let hash = 0xcbf29ce484222325n;
  for (let octet = 0n; octet < 8n; octet++) {
    hash = BigInt.asUintN(64, (hash ^ ((rank >> (8n * octet)) & 0xffn)) * 0x100000001b3n);
  }
  const signed = BigInt.asIntN(64, hash);
  return Number((signed < 0n ? -signed : signed) % count);
}

test("ranks come as often as Zipf's law says", () => {
  const zipfian = new Zipfian(1000, 0.9);
  const random = new SeededRandom(1);
  const drawn = new Array<number>(1000).fill(0);
  for (let i = 0; i < DRAWS; i++) drawn[zipfian.next(random)]!++;
  let sum = 0;
  for (let rank = 1; rank <= 1000; rank++) sum += 1 / rank ** 0.9;
  // The two hottest are exact; behind them the method's curve is close to the law in sum.
  for (const rank of [0, 1]) {
    const expected = DRAWS / (rank + 1) ** 0.9 / sum;
    expect(drawn[rank]! / expected).toBeGreaterThan(0.95);
    expect(drawn[rank]! / expected).toBeLessThan(1.05);
  }
  const first100 = drawn.slice(0, 100).reduce((total, count) => total + count, 0) / DRAWS;
  let expected = 0;
  for (let rank = 1; rank <= 100; rank++) expected += 1 / rank ** 0.9 / sum;
  expect(Math.abs(first100 - expected)).toBeLessThan(0.03);
});

test("a count that grows draws the same as one that was large from the start", () => {
  const grown = new Zipfian(10, 0.99);
  grown.grow(500);
  const [a, b] = [new SeededRandom(7), new SeededRandom(7)];
  const fresh = new Zipfian(500, 0.99);
  for (let i = 0; i < 1000; i++) expect(grown.next(a)).toBe(fresh.next(b));
});

test("scrambling is YCSB's hash", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000_000_000 }),
      fc.integer({ min: 1, max: 50_000_000 }),
      (rank, count) => {
        expect(scramble(rank, count)).toBe(fnv64(BigInt(rank), BigInt(count)));
      },
    ),
  );
});

test("every key asked for exists, whatever the distribution and however many were inserted", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("uniform", "zipfian", "latest" as const),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 50 }),
      fc.constantFrom(0.5, 0.99),
      (distribution, records, inserts, skew) => {
        const random = new SeededRandom(3);
        const keys = keySpace({ distribution, records, skew, process: 1, processes: 3 });
        const known = new Set(Array.from({ length: records }, (_, key) => key));
        for (let i = 0; i < inserts; i++) {
          const key = keys.insert();
          expect(known.has(key)).toBe(false);
          keys.acknowledge(key);
          known.add(key);
        }
        for (let i = 0; i < 200; i++) expect(known.has(keys.existing(random))).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("no two processes insert one key", () => {
  const inserted = [0, 1, 2].flatMap((process) => {
    const keys = keySpace({ process, processes: 3 });
    return Array.from({ length: 100 }, () => keys.insert());
  });
  expect(new Set(inserted).size).toBe(300);
});

test("the latest keys are the hottest, and hot keys of the zipfian lie anywhere", () => {
  const random = new SeededRandom(5);
  const latest = keySpace({ distribution: "latest" });
  for (let i = 0; i < 100; i++) latest.acknowledge(latest.insert());
  const hottest = (keys: KeySpace): number => {
    const drawn = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const key = keys.existing(random);
      drawn.set(key, (drawn.get(key) ?? 0) + 1);
    }
    return [...drawn].sort((a, b) => b[1] - a[1])[0]![0];
  };
  expect(hottest(latest)).toBe(1099);
  expect(hottest(keySpace({}))).toBe(scramble(0, 1000));
});
