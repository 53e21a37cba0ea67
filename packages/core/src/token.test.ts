import { expect, test } from "vitest";
import { compareTokens, xxh64 } from "./token.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("XXH64 with seed 0 gives the published values", () => {
  expect(xxh64(text(""))).toEqual({ high: 0xef46db37, low: 0x51d8e999 });
  expect(xxh64(text("a"))).toEqual({ high: 0xd24ec4f1, low: 0xa98c6e5b });
  expect(xxh64(text("abc"))).toEqual({ high: 0x44bc2cf5, low: 0xad770999 });
});

test("inputs larger than the hasher's first memory page are hashed whole", () => {
  const large = new Uint8Array(200_000);
  const before = xxh64(large);
  large[199_999] = 1;
  expect(xxh64(large)).not.toEqual(before);
});

test("tokens are ordered by their high half, then by their low half", () => {
  expect(compareTokens({ high: 1, low: 0 }, { high: 0, low: 9 })).toBeGreaterThan(0);
  expect(compareTokens({ high: 1, low: 0xffffffff }, { high: 1, low: 1 })).toBeGreaterThan(0);
  expect(compareTokens({ high: 1, low: 1 }, { high: 1, low: 1 })).toBe(0);
});
