import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesEqual, compareBytes, fromHex, toHex } from "./bytes.ts";

test("a prefix stands before what it begins", () => {
  expect(compareBytes(new Uint8Array([1]), new Uint8Array([1, 0]))).toBeLessThan(0);
});

test("two byte strings are equal exactly when neither stands before the other", () => {
  const bytes = fc.uint8Array({ maxLength: 4 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(bytesEqual(a, b)).toBe(compareBytes(a, b) === 0);
    }),
  );
});

test("hexadecimal is read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
});

test("text that is not hexadecimal gives nothing", () => {
  expect(fromHex("abc")).toBeUndefined();
  expect(fromHex("zz")).toBeUndefined();
});
