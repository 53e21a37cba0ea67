import { CodecError, compareBytes, toHex } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseRowKey,
  partitionOfRow,
  partitionRange,
  rowKey,
  shardOfRow,
  tokenOf,
} from "./row-key.ts";

const bucket = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const key = fc.uint8Array({ minLength: 1, maxLength: 80 });

describe("a row key", () => {
  test("gives back its bucket and key", () => {
    fc.assert(
      fc.property(bucket, key, (name, bytes) => {
        expect(parseRowKey(rowKey(name, bytes))).toEqual({ bucket: name, key: bytes });
      }),
      { numRuns: 200 },
    );
  });

  test("begins with its token, which bucket and key alone decide", () => {
    const row = rowKey("carts", Uint8Array.of(1, 2, 3));
    expect(tokenOf(row)).toEqual(tokenOf(rowKey("carts", Uint8Array.of(1, 2, 3))));
    expect(toHex(row.subarray(8))).toBe("056361727473010203");
  });

  test("is never another's, wherever the bucket ends and the key begins", () => {
    const ab = rowKey(
      "a",
      Uint8Array.from("b", (c) => c.charCodeAt(0)),
    );
    const a = rowKey("ab", Uint8Array.of(1));
    expect(toHex(ab)).not.toBe(toHex(a));
  });

  test("lies in the range of its partition and of no other", () => {
    fc.assert(
      fc.property(bucket, key, fc.constantFrom(1, 2, 16, 1024, 65_536), (name, bytes, q) => {
        const row = rowKey(name, bytes);
        const partition = partitionOfRow(row, q);
        const { from, to } = partitionRange(partition, q);
        expect(compareBytes(from, row)).toBeLessThanOrEqual(0);
        expect(to === undefined ? -1 : compareBytes(row, to)).toBeLessThan(0);
        expect(shardOfRow(row, q, 3)).toBe(partition % 3);
      }),
      { numRuns: 200 },
    );
  });

  test("the ranges of the partitions follow one another without a gap", () => {
    for (const q of [1, 2, 64, 65_536]) {
      for (let partition = 0; partition < Math.min(q, 100); partition++) {
        const next = partition + 1 === q ? undefined : partitionRange(partition + 1, q).from;
        expect(partitionRange(partition, q).to).toEqual(next);
      }
    }
  });

  test("from outside is refused unless every byte is right", () => {
    const row = rowKey("carts", Uint8Array.of(1, 2, 3));
    const bad = [
      new Uint8Array(),
      row.subarray(0, 8),
      row.subarray(0, row.length - 3),
      row.subarray(0, row.length - 1),
      row.with(0, row[0]! ^ 1),
      row.with(8, 0),
      row.with(8, 200),
      row.with(9, 0x20),
      new Uint8Array(8 + 1 + 5 + 4097),
    ];
    for (const bytes of bad) expect(() => parseRowKey(bytes)).toThrow(CodecError);
  });
});
