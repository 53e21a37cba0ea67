import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "./byte-codec.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

describe("UTF-8", () => {
  test("every well-formed text comes back as it went", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test("a byte order mark is text like any other", () => {
    expect(decodeUtf8(encodeUtf8("\uFEFFa"))).toBe("\uFEFFa");
  });

  test("bytes that are no UTF-8 are refused", () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      expect(() => decodeUtf8(new Uint8Array(bytes))).toThrow(CodecError);
    }
  });
});
