import { ByteWriter, type Token, xxh64 } from "@coterie/core";
import { IntervalClock } from "@coterie/vector-clock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clock, operation, stampAt } from "../test/arbitraries.ts";
import { decodeContextToken, encodeContextToken } from "./context-token.ts";

const KEY: Token = { high: 0xfedcba98, low: 0x76543210 };
const seen = {
  context: IntervalClock.EMPTY.add({ actor: "a1b2c3d4e5f60718", counter: 300 }),
  stamp: stampAt(1_700_000_000_000, 7),
  follows: [],
};

function sealed(writer: ByteWriter): Uint8Array {
  const checksum = xxh64(writer.finish());
  return writer.uint32(checksum.high).uint32(checksum.low).finish();
}

describe("context tokens", () => {
  test("are read back for their key", () => {
    fc.assert(
      fc.property(clock, fc.nat(0xffffffff), fc.nat(0xffff), (context, half, logical) => {
        fc.pre(half !== logical + 7); // No operation is followed twice.
        const stamp = stampAt(half * 3, logical);
        const token = { high: half, low: 0xffffffff - half };
        const follows = [operation(half), operation(logical + 7)].slice(half % 3);
        const encoded = encodeContextToken({ context, stamp, follows }, token);
        const writer = new ByteWriter();
        context.encode(writer);
        expect(decodeContextToken(encoded, token)).toEqual({
          type: "context",
          context,
          encoded: writer.finish(),
          stamp,
          follows,
        });
      }),
    );
  });

  test("are the same from a clock and from its encoding", () => {
    fc.assert(
      fc.property(clock, (context) => {
        const writer = new ByteWriter();
        context.encode(writer);
        const fromBytes = encodeContextToken({ ...seen, context: writer.finish() }, KEY);
        expect(fromBytes).toEqual(encodeContextToken({ ...seen, context }, KEY));
      }),
    );
  });

  test("of one actor take 39 bytes", () => {
    expect(encodeContextToken(seen, KEY).length).toBe(39);
  });

  test("any change of one byte is noticed", () => {
    const bytes = encodeContextToken(seen, KEY);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      expect(decodeContextToken(changed, KEY)).toMatchObject({
        type: "invalid",
        reason: expect.stringContaining("damaged or cut short"),
      });
    }
  });

  test("a truncated one is refused wherever the cut is", () => {
    const bytes = encodeContextToken(seen, KEY);
    for (let length = 0; length < bytes.length; length++) {
      const refused = decodeContextToken(bytes.subarray(0, length), KEY);
      expect(refused).toMatchObject({ reason: expect.stringContaining("cut short") });
    }
  });

  test("one of another key is refused", () => {
    const bytes = encodeContextToken(seen, KEY);
    for (const other of [
      { high: KEY.high, low: KEY.low + 1 },
      { high: KEY.high - 1, low: KEY.low },
    ]) {
      expect(decodeContextToken(bytes, other)).toEqual({
        type: "invalid",
        reason:
          "The context belongs to another key or bucket. Send the bytes that a get or put of this key returned, unchanged, or none.",
      });
    }
  });

  test("one of a newer format is refused as such, not as damage", () => {
    const newer = sealed(new ByteWriter().uint8(2).raw(new Uint8Array(30)));
    expect(decodeContextToken(newer, KEY)).toEqual({
      type: "invalid",
      reason:
        "The context has format 2, which this node does not know (it reads 1): a node of another version made it. Read the key again through this node, or upgrade it.",
    });
  });

  test("one that is whole but holds no clock is refused", () => {
    const header = (): ByteWriter =>
      new ByteWriter().uint8(1).uint32(KEY.high).uint32(KEY.low).uint32(0).uint32(0);
    const clockless = header().varint(0);
    for (const body of [header(), header().varint(5), clockless, header().varint(0).uint32(0)]) {
      expect(decodeContextToken(sealed(body), KEY)).toMatchObject({
        reason: expect.stringContaining("malformed"),
      });
    }
    expect(decodeContextToken(sealed(new ByteWriter().uint8(1)), KEY).type).toBe("invalid");
  });

  test("garbage is refused with a sentence and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodeContextToken(bytes, KEY)).toMatchObject({
          type: "invalid",
          reason: expect.stringMatching(/^The context .*\.$/),
        });
      }),
    );
  });
});
