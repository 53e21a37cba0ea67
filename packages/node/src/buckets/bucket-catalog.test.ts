import { create } from "@bufbuild/protobuf";
import type { Bucket } from "@coterie/quorum";
import { BucketSchema } from "@coterie/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BucketCatalog } from "./bucket-catalog.ts";
import { defaultBucket, defineBucket } from "./bucket-definition.ts";

const eternal = fc.record({
  name: fc.constantFrom("a", "b"),
  n: fc.integer({ min: 1, max: 5 }),
  r: fc.integer({ min: 1, max: 3 }),
  w: fc.integer({ min: 1, max: 3 }),
  rMin: fc.integer({ min: 1, max: 2 }),
  wMin: fc.integer({ min: 1, max: 2 }),
  mode: fc.constantFrom<"siblings" | "lww">("siblings", "lww"),
});

const definition = fc.oneof(
  eternal,
  fc
    .tuple(eternal, fc.integer({ min: 1, max: 3 }))
    .map(([bucket, ttlMs]) => ({ ...bucket, ttlMs })),
);

function merged(...batches: Bucket[][]): Bucket[] {
  const catalog = new BucketCatalog();
  for (const batch of batches) catalog.merge(batch);
  return catalog.list();
}

describe("BucketCatalog", () => {
  test("whatever order definitions arrive in, every node comes to hold the same", () => {
    fc.assert(
      fc.property(fc.array(definition, { maxLength: 6 }), fc.array(definition), (x, y) => {
        expect(merged(x, y)).toEqual(merged(y, x));
        expect(merged(x, y, x)).toEqual(merged(x, y));
      }),
    );
  });

  test("of two definitions the one with more replicas stands, and both sides are told", () => {
    const catalog = new BucketCatalog();
    catalog.merge([{ ...defaultBucket("carts"), n: 3 }]);
    const change = catalog.merge([{ ...defaultBucket("carts"), n: 5 }]);
    expect(change.conflicts).toHaveLength(1);
    expect(catalog.get("carts")?.n).toBe(5);
  });

  test("of two definitions neither creator gets less than it was told, whichever has more replicas", () => {
    const wide = { ...defaultBucket("carts"), n: 5, w: 1, r: 5, wMin: 1, ttlMs: 1_000 };
    const careful = { ...defaultBucket("carts"), w: 3, wMin: 3, ttlMs: 60_000 };
    const stands = { ...wide, w: 3, wMin: 3, rMin: 2, ttlMs: 60_000 };
    expect(merged([wide], [careful])).toEqual([stands]);
    const fast = { ...defaultBucket("carts"), n: 5, mode: "lww" } as const;
    expect(merged([fast], [careful])).toMatchObject([{ n: 5, mode: "siblings", wMin: 3 }]);
  });

  test("where quorums intersect under both definitions they do under what stands", () => {
    const crossing = definition.filter(({ n, r, w }) => r <= n && w <= n && r + w > n);
    fc.assert(
      fc.property(crossing, crossing, (x, y) => {
        const [stands] = merged([{ ...x, name: "a" }], [{ ...y, name: "a" }]);
        expect(stands!.r + stands!.w).toBeGreaterThan(stands!.n);
      }),
    );
  });

  test("siblings win over lww, which would lose writes that a client was told are kept", () => {
    const catalog = new BucketCatalog();
    catalog.merge([{ ...defaultBucket("carts"), mode: "lww" }]);
    catalog.merge([defaultBucket("carts")]);
    expect(catalog.get("carts")?.mode).toBe("siblings");
  });

  test("first use makes a bucket with the defaults, once", () => {
    const catalog = new BucketCatalog();
    expect(catalog.getOrDefault("carts").created).toBe(true);
    expect(catalog.getOrDefault("carts").created).toBe(false);
  });
});

describe("defineBucket", () => {
  const asked = (fields: object) => defineBucket(create(BucketSchema, { name: "b", ...fields }));

  test("what is left out is a majority of n", () => {
    expect(asked({ n: 5 })).toEqual({
      name: "b",
      n: 5,
      r: 3,
      w: 3,
      rMin: 3,
      wMin: 3,
      mode: "siblings",
    });
  });

  test("a time to live is whole milliseconds, and of two the longer stands", () => {
    expect(asked({ ttlMs: 60_000 })).toMatchObject({ ttlMs: 60_000 });
    expect(asked({ ttlMs: 0.5 })).toMatch(/not a whole number/);
    expect(asked({ ttlMs: -1 })).toMatch(/not a whole number/);
    const short = { ...defaultBucket("b"), ttlMs: 1 };
    expect(merged([short], [{ ...short, ttlMs: 2 }])).toEqual([{ ...short, ttlMs: 2 }]);
    expect(merged([short], [defaultBucket("b")])).toEqual([defaultBucket("b")]);
  });

  test("a number that could never be met is refused with a sentence", () => {
    expect(asked({ n: 3, w: 4 })).toBe("w=4 is above n=3: it could never be met");
    expect(asked({ n: 10 })).toMatch(/the most replicas/);
    expect(asked({ mode: 77 })).toMatch(/not known/);
    expect(defineBucket(create(BucketSchema, { name: "no spaces" }))).toMatch(/cannot name/);
  });
});
