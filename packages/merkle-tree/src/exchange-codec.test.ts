import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeExchangeReply,
  decodeExchangeRequest,
  encodeExchangeReply,
  encodeExchangeRequest,
  itemBytes,
} from "./exchange-codec.ts";
import type { ExchangeReply, ExchangeRequest } from "./exchange-message.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });
const token = fc.record({ high: word, low: word });
const indexes = fc
  .uniqueArray(fc.nat({ max: 999 }), { maxLength: 30 })
  .map((list) => list.sort((a, b) => a - b));
const key = fc.uint8Array({ minLength: 1, maxLength: 200 });
const item = fc.record({ key, hash: token });
const sequence = fc.nat();
const shape = fc.record({ leaves: fc.constant(1000), fanOut: fc.integer({ min: 2, max: 256 }) });

const request: fc.Arbitrary<ExchangeRequest> = fc.oneof(
  fc.record({
    type: fc.constant("compare" as const),
    sequence,
    shape,
    level: fc.nat({ max: 10 }),
    nodes: fc
      .tuple(indexes, token)
      .map(([list, digest]) => list.map((index) => ({ index, digest }))),
  }),
  fc.record({
    type: fc.constant("list" as const),
    sequence,
    shape,
    leaves: indexes,
    after: fc.option(key, { nil: undefined }),
  }),
);
const reply: fc.Arbitrary<ExchangeReply> = fc.oneof(
  fc.record({
    type: fc.constant("differing" as const),
    sequence,
    differing: indexes,
    empty: indexes,
  }),
  fc.record({
    type: fc.constant("items" as const),
    sequence,
    leaves: fc.array(fc.record({ leaf: fc.nat(), items: fc.array(item, { maxLength: 5 }) }), {
      maxLength: 5,
    }),
    unfinished: fc.boolean(),
  }),
  fc.record({ type: fc.constant("refused" as const), sequence, shape }),
);

describe("the codec of an exchange", () => {
  test("requests are read back", () => {
    fc.assert(
      fc.property(request, (value) => {
        expect(decodeExchangeRequest(encodeExchangeRequest(value))).toEqual(value);
      }),
    );
  });

  test("replies are read back", () => {
    fc.assert(
      fc.property(reply, (value) => {
        expect(decodeExchangeReply(encodeExchangeReply(value))).toEqual(value);
      }),
    );
  });

  test("messages cut short or spoilt are refused, or are another message's only encoding", () => {
    const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.oneof(request, reply), flip, fc.nat(), (value, [at, change], cut) => {
        const asks = value.type === "compare" || value.type === "list";
        const whole = asks ? encodeExchangeRequest(value) : encodeExchangeReply(value);
        const again = (bytes: Uint8Array): Uint8Array =>
          asks
            ? encodeExchangeRequest(decodeExchangeRequest(bytes))
            : encodeExchangeReply(decodeExchangeReply(bytes));
        expect(() => again(whole.subarray(0, cut % whole.length))).toThrow(CodecError);
        const spoilt = whole.slice();
        spoilt[at % whole.length]! ^= change;
        try {
          expect(again(spoilt)).toEqual(spoilt);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a few bytes cannot stand for a vast list of nodes", () => {
    const vast = new Uint8Array([4, 1, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0]);
    expect(() => decodeExchangeReply(vast)).toThrow("is not below");
  });

  test("an item takes in a message what it is said to take", () => {
    for (const length of [1, 127, 128, 4096]) {
      const one = { key: new Uint8Array(length), hash: { high: 1, low: 1 } };
      const size = (items: (typeof one)[]): number =>
        encodeExchangeReply({
          type: "items",
          sequence: 1,
          leaves: [{ leaf: 0, items }],
          unfinished: false,
        }).length;
      expect(size([one]) - size([])).toBe(itemBytes(one));
    }
  });
});
