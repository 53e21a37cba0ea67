import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRingRecord, encodeRingRecord, type RingRecord, stableRing } from "./ring-record.ts";

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const owner = fc
  .record(
    {
      id,
      weight: fc.integer({ min: 1, max: 100 }),
      zone: fc.string({ unit: "grapheme", maxLength: 10 }),
      seat: id,
    },
    { requiredKeys: ["id", "weight", "zone"] },
  )
  .filter((each) => each.seat !== each.id);
const owners = fc.uniqueArray(owner, { minLength: 1, maxLength: 8, selector: ({ id }) => id });
const flags = {
  id: fc.stringMatching(/^[0-9a-f]{16}$/),
  kind: fc.constantFrom("join", "leave", "replace", "remove", "weight"),
  nodes: fc.array(id, { maxLength: 3 }),
  acceptLoss: fc.boolean(),
  aborting: fc.boolean(),
  paused: fc.boolean(),
};
const change = fc.oneof(
  fc.record(flags),
  fc.record({ ...flags, throttle: fc.integer({ min: 1, max: 2 ** 40 }) }),
);
const shared = {
  epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  partitions: fc.integer({ min: 0, max: 16 }).map((log) => 2 ** log),
  owners,
  removed: fc.uniqueArray(id, { maxLength: 3 }),
};
const record: fc.Arbitrary<RingRecord> = fc.oneof(
  fc.record(shared).map(stableRing),
  fc.record({
    ...shared,
    phase: fc.constantFrom("joining", "switched"),
    next: owners,
    change,
  }),
);

const STABLE = stableRing({
  epoch: 7,
  partitions: 16,
  owners: ["a", "b", "c"].map((id) => ({ id, weight: 1, zone: "" })),
});
const JOINING: RingRecord = {
  ...STABLE,
  phase: "joining",
  next: [...STABLE.owners, { id: "d", weight: 1, zone: "" }],
  change: {
    id: "0123456789abcdef",
    kind: "join",
    nodes: ["d"],
    acceptLoss: false,
    aborting: false,
    paused: false,
  },
};

describe("a ring record", () => {
  test("comes back from its bytes with owners and removed nodes by id, however they were ordered", () => {
    fc.assert(
      fc.property(record, (written) => {
        const bytes = encodeRingRecord(written);
        const byId = <T extends { id: string }>(list: readonly T[]): T[] =>
          list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        const sorted = {
          ...written,
          owners: byId(written.owners),
          next: byId(written.next),
          removed: written.removed.toSorted(),
        };
        expect(decodeRingRecord(bytes)).toEqual(sorted);
        const reversed = {
          ...sorted,
          owners: sorted.owners.toReversed(),
          next: sorted.next.toReversed(),
          removed: sorted.removed.toReversed(),
        };
        expect(encodeRingRecord(reversed)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test("is refused when it is cut short, too long, of another format or of no sense", () => {
    const stable = encodeRingRecord(STABLE);
    const joining = encodeRingRecord(JOINING);
    const cuts = [stable, joining].flatMap((bytes) => [
      ...Array.from({ length: bytes.length }, (_, i) => bytes.subarray(0, i)),
      Uint8Array.of(...bytes, 0),
    ]);
    const bad = [
      ...cuts,
      stable.with(0, 1),
      stable.with(1, 0),
      stable.with(2, 15),
      stable.with(3, 9),
      stable.with(6, "c".charCodeAt(0)),
      stable.with(6, "/".charCodeAt(0)),
      stable.with(7, 101),
      encodeRingRecord({ ...STABLE, owners: [] }),
      encodeRingRecord({ ...STABLE, next: STABLE.owners }),
      encodeRingRecord({ ...JOINING, next: [] }),
      encodeRingRecord({ ...JOINING, change: undefined }),
      encodeRingRecord({ ...STABLE, change: JOINING.change }),
      encodeRingRecord({ ...STABLE, removed: ["x", "x"] }),
      joining.with(joining.length - 5, 5),
      joining.with(joining.length - 4, 8),
    ];
    for (const each of bad) expect(() => decodeRingRecord(each)).toThrow(CodecError);
  });
});
