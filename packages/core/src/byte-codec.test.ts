import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter, CodecError } from "./byte-codec.ts";
import { compareBytes } from "./bytes.ts";

describe("ByteWriter and ByteReader", () => {
  test("what was written is read back", () => {
    const written = new ByteWriter(1)
      .uint8(7)
      .uint32(0xfffffffe)
      .varint(2 ** 53 - 1)
      .block(new Uint8Array([1, 2, 3]))
      .finish();
    const reader = new ByteReader(written);
    expect(reader.uint8()).toBe(7);
    expect(reader.uint32()).toBe(0xfffffffe);
    expect(reader.varint()).toBe(2 ** 53 - 1);
    expect([...reader.block()]).toEqual([1, 2, 3]);
    reader.end();
  });

  test("every unsigned integer has one varint, and it is read back", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new ByteWriter().varint(value).finish();
        expect(new ByteReader(bytes).varint()).toBe(value);
        expect(bytes.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  test("a padded varint is refused", () => {
    expect(() => new ByteReader(new Uint8Array([0x81, 0x00])).varint()).toThrow(CodecError);
  });

  test("a varint above 2^53 - 1 is refused", () => {
    expect(() => new ByteReader(new Uint8Array(9).fill(0xff)).varint()).toThrow(CodecError);
    const above = new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
    expect(() => new ByteReader(above).varint()).toThrow(CodecError);
  });

  test("bytes cut short are refused wherever the cut is", () => {
    const whole = new ByteWriter().uint32(1).varint(300).block(new Uint8Array(10)).finish();
    for (let length = 0; length < whole.length; length++) {
      const reader = new ByteReader(whole.subarray(0, length));
      expect(() => {
        reader.uint32();
        reader.varint();
        reader.block();
      }).toThrow(CodecError);
    }
  });

  test("what is skipped is as if it had been read, and cannot be more than there is", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    reader.skip(2);
    expect(reader.uint8()).toBe(3);
    expect(() => reader.skip(1)).toThrow(CodecError);
  });

  test("bytes left over are refused by end", () => {
    expect(() => new ByteReader(new Uint8Array(1)).end()).toThrow("1 bytes too many");
  });

  test("big-endian words sort as the numbers do", () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(uint32, uint32, (a, b) => {
        const order = compareBytes(
          new ByteWriter().uint32(a).finish(),
          new ByteWriter().uint32(b).finish(),
        );
        expect(Math.sign(order)).toBe(Math.sign(a - b));
      }),
    );
  });
});
