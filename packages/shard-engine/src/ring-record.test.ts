import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRingRecord, encodeRingRecord, type RingRecord } from "./ring-record.ts";
import { RingView } from "./ring-view.ts";

const owner = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
  weight: fc.integer({ min: 1, max: 100 }),
  zone: fc.string({ unit: "grapheme", maxLength: 10 }),
});
const record: fc.Arbitrary<RingRecord> = fc.record({
  epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  partitions: fc.integer({ min: 0, max: 16 }).map((log) => 2 ** log),
  owners: fc.uniqueArray(owner, { minLength: 1, maxLength: 8, selector: ({ id }) => id }),
  phase: fc.constant("stable"),
});

const RECORD: RingRecord = {
  epoch: 7,
  partitions: 16,
  owners: ["a", "b", "c"].map((id) => ({ id, weight: 1, zone: "" })),
  phase: "stable",
};

describe("a ring record", () => {
  test("comes back from its bytes with its owners by id, however they were ordered", () => {
    fc.assert(
      fc.property(record, (written) => {
        const bytes = encodeRingRecord(written);
        const owners = written.owners.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(decodeRingRecord(bytes)).toEqual({ ...written, owners });
        expect(encodeRingRecord({ ...written, owners: owners.toReversed() })).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test("is refused when it is cut short, too long, of a newer format or of no sense", () => {
    const bytes = encodeRingRecord(RECORD);
    const bad = [
      ...Array.from({ length: bytes.length }, (_, i) => bytes.subarray(0, i)),
      Uint8Array.of(...bytes, 0),
      bytes.with(0, 2),
      bytes.with(1, 0),
      bytes.with(2, 15),
      bytes.with(3, 9),
      bytes.with(6, "c".charCodeAt(0)),
      bytes.with(6, "/".charCodeAt(0)),
      bytes.with(7, 101),
      encodeRingRecord({ ...RECORD, owners: [] }),
    ];
    for (const each of bad) expect(() => decodeRingRecord(each)).toThrow(CodecError);
  });

  test("decides placement: each partition is owned by N of its owners", () => {
    const view = new RingView(RECORD);
    for (const n of [1, 2, 3]) {
      for (let partition = 0; partition < 16; partition++) {
        const owners = RECORD.owners.filter(({ id }) => view.owns(id, partition, n));
        expect(owners.map(({ id }) => id).sort()).toEqual(
          [...view.ring(n).primaries(partition)].sort(),
        );
        expect(owners).toHaveLength(n);
      }
    }
    expect(view.owns("d", 0, 3)).toBe(false);
  });
});
