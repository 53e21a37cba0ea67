import { ByteReader, ByteWriter, CodecError, compareBytes } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareStamps,
  decodeStamp,
  encodeStamp,
  type HlcStamp,
  laterStamp,
  ZERO_STAMP,
} from "./hlc-stamp.ts";

const stamp: fc.Arbitrary<HlcStamp> = fc.record({
  wallMs: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  logical: fc.oneof(fc.nat(3), fc.nat(0xffff)),
});

function encoded(some: HlcStamp): Uint8Array {
  const writer = new ByteWriter();
  encodeStamp(writer, some);
  return writer.finish();
}

test("a stamp is 8 bytes and read back", () => {
  fc.assert(
    fc.property(stamp, (some) => {
      expect(encoded(some).length).toBe(8);
      expect(decodeStamp(new ByteReader(encoded(some)))).toEqual(some);
    }),
  );
});

test("any 8 bytes are a stamp with these bytes, and fewer are a CodecError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      expect(encoded(decodeStamp(new ByteReader(bytes)))).toEqual(bytes);
      expect(() => decodeStamp(new ByteReader(bytes.subarray(1)))).toThrow(CodecError);
    }),
  );
});

test("stamps are ordered by milliseconds, then by the logical part, and their bytes likewise", () => {
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const order = a.wallMs === b.wallMs ? a.logical - b.logical : a.wallMs - b.wallMs;
      expect(Math.sign(compareStamps(a, b))).toBe(Math.sign(order));
      expect(Math.sign(compareBytes(encoded(a), encoded(b)))).toBe(Math.sign(order));
      expect(compareStamps(laterStamp(a, b), a)).toBeGreaterThanOrEqual(0);
      expect(compareStamps(laterStamp(a, b), b)).toBeGreaterThanOrEqual(0);
      expect([a, b]).toContain(laterStamp(a, b));
      expect(compareStamps(a, ZERO_STAMP)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("a stamp that does not fit its 8 bytes is a bug", () => {
  for (const wrong of [
    { wallMs: 2 ** 48, logical: 0 },
    { wallMs: -1, logical: 0 },
    { wallMs: 1.5, logical: 0 },
    { wallMs: 1, logical: 0x1_0000 },
  ]) {
    expect(() => encoded(wrong)).toThrow("a stamp is");
  }
});
