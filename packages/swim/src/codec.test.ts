import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyMessage } from "../test/any-message.ts";
import { decodeMessage, encodeMessage } from "./codec.ts";
import { MESSAGE_BYTES_MIN } from "./config.ts";
import { ADDRESS_CHARACTERS_MAX, METADATA_BYTES_MAX } from "./member-record.ts";
import { emptyMessageBytes, RANGE_BYTES_MAX, recordBytes } from "./message-size.ts";
import { memberRecord, messageFrom } from "./testing/live-swim.ts";

test("a message is what it was after encoding and decoding", () => {
  fc.assert(
    fc.property(anyMessage, (any) => {
      expect(decodeMessage(encodeMessage(any))).toEqual(any);
    }),
    { numRuns: 300 },
  );
});

test("sizes are known without encoding, but for one byte of each count", () => {
  fc.assert(
    fc.property(anyMessage, (any) => {
      const { from, to, knows, updates } = any;
      const counted =
        emptyMessageBytes(from, any.incarnation, to, knows, any.body) +
        updates.reduce((sum, update) => sum + recordBytes(update), 0);
      const spare = counted - encodeMessage(any).length;
      expect(spare).toBeGreaterThanOrEqual(0);
      expect(spare).toBeLessThanOrEqual(2);
    }),
    { numRuns: 300 },
  );
});

test("other bytes are refused with a CodecError and nothing else", () => {
  const refusedOrSame = (bytes: Uint8Array): void => {
    try {
      expect(encodeMessage(decodeMessage(bytes))).toEqual(bytes);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refusedOrSame), { numRuns: 500 });
  const damaged = fc.tuple(anyMessage, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat());
  fc.assert(
    fc.property(damaged, ([any, at, byte, cut]) => {
      const bytes = encodeMessage(any);
      bytes[at % bytes.length] = byte;
      refusedOrSame(bytes);
      refusedOrSame(bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["another format", (bytes: Uint8Array) => bytes.with(0, 9)],
  ["an unknown type", (bytes: Uint8Array) => bytes.with(1, 99)],
  ["a byte too many", (bytes: Uint8Array) => new Uint8Array([...bytes, 0])],
  ["one cut short", (bytes: Uint8Array) => bytes.subarray(0, -1)],
])("%s is refused", (_, damage) => {
  const bytes = encodeMessage(messageFrom(memberRecord("a"), { type: "ping", sequence: 7 }));
  expect(() => decodeMessage(damage(bytes))).toThrow(CodecError);
});

test("the largest record fits into the smallest budget, beside the longest header", () => {
  const longest = "x".repeat(64);
  const largest = memberRecord(longest, {
    address: "x".repeat(ADDRESS_CHARACTERS_MAX),
    incarnation: Number.MAX_SAFE_INTEGER,
    state: "suspect",
    metadata: new Uint8Array(METADATA_BYTES_MAX),
    accuser: longest,
  });
  const empty = { type: "records", records: [] } as const;
  const header = emptyMessageBytes(longest, 2 ** 53 - 1, longest, 2 ** 53 - 1, empty);
  expect(header + RANGE_BYTES_MAX + recordBytes(largest)).toBeLessThanOrEqual(MESSAGE_BYTES_MIN);
});
