import fc from "fast-check";
import { expect, test } from "vitest";
import { ROW } from "../test/fixture.ts";
import { decodeMeta, decodeRow, encodeMeta, encodeRow } from "./row-codec.ts";

const OWNER = "0123456789abcdef";
const versions = fc.uint8Array({ maxLength: 300 });
const ownedTo = fc.maxSafeNat().map((counter) => Math.max(0, counter - 1));

test("a row gives back what was stored, and its owner only when there is one", () => {
  fc.assert(
    fc.property(ownedTo, versions, (counter, bytes) => {
      const owner = counter === 0 ? undefined : OWNER;
      const value = encodeRow(ROW, 3, owner, counter, bytes).slice();
      expect(decodeRow(ROW, value)).toEqual({ n: 3, ownedTo: counter, owner, versions: bytes });
    }),
    { numRuns: 200 },
  );
});

test("any flipped bit, any missing byte and another row's key are found", () => {
  fc.assert(
    fc.property(ownedTo, versions, fc.nat(), (counter, bytes, bit) => {
      const value = encodeRow(ROW, 3, OWNER, counter + 1, bytes).slice();
      const at = bit % value.length;
      expect(decodeRow(ROW, value.with(at, value[at]! ^ (1 << (bit % 8))))).toBeUndefined();
      expect(decodeRow(ROW, value.subarray(0, at))).toBeUndefined();
      expect(decodeRow(ROW.with(bit % 8, ROW[bit % 8]! ^ 1), value)).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test("a row larger than any before it is stored whole", () => {
  for (const length of [10_000, 1, 100_000]) {
    const bytes = new Uint8Array(length).fill(length % 251);
    expect(decodeRow(ROW, encodeRow(ROW, 3, undefined, 0, bytes))!.versions).toEqual(bytes);
  }
});

test("a meta value gives back what was stored, and any flipped bit in it is found", () => {
  fc.assert(
    fc.property(versions, fc.nat(), (bytes, bit) => {
      const sealed = encodeMeta(bytes);
      expect(decodeMeta(sealed)).toEqual(bytes);
      const at = bit % sealed.length;
      expect(decodeMeta(sealed.with(at, sealed[at]! ^ (1 << (bit % 8))))).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
