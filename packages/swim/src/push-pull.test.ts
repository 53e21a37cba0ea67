import fc from "fast-check";
import { expect, test } from "vitest";
import type { MemberState } from "./member-record.ts";
import { Membership } from "./membership.ts";
import { recordBytes } from "./message-size.ts";
import { answerTo, digestsDiffer, inParts, ranges } from "./push-pull.ts";
import { memberRecord } from "./testing/live-swim.ts";

const table = fc
  .uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z][a-z0-9]?$/),
      incarnation: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom<MemberState>("alive", "suspect", "dead", "left"),
    }),
    { selector: ({ id }) => id, maxLength: 40 },
  )
  .map((rows) => {
    const members = new Membership();
    for (const { id, ...given } of rows) members.set(memberRecord(id, given));
    return members;
  });

test("ranges cover every id once and respect the budget", () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 30, max: 200 }), (members, bytesMax) => {
      const parts = ranges(members, bytesMax);
      expect(parts.flatMap((part) => part.records.map(({ id }) => id))).toEqual(members.sortedIds);
      expect(parts[0]!.after).toBeUndefined();
      expect(parts.at(-1)!.upTo).toBeUndefined();
      expect(parts.slice(1).map(({ after }) => after)).toEqual(
        parts.slice(0, -1).map(({ upTo }) => upTo),
      );
      for (const { records } of parts) {
        const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
        expect(bytes).toBeLessThanOrEqual(bytesMax);
      }
    }),
    { numRuns: 100 },
  );
});

test("an answer is what the other lacks or holds wrongly, and only that", () => {
  fc.assert(
    fc.property(table, table, (mine, theirs) => {
      const answers = ranges(theirs, 60).flatMap((range) => answerTo(range, mine));
      const union = new Membership();
      for (const record of theirs) union.set(record);
      for (const record of answers) {
        expect(mine.get(record.id)).toBe(record);
        expect(theirs.get(record.id)).not.toEqual(record);
        union.set(record);
      }
      for (const { id } of mine) expect(union.get(id)).toBeDefined();
    }),
    { numRuns: 100 },
  );
});

test("the mark of a forgotten member goes to those only who remember it", () => {
  const mine = new Membership();
  mine.set(memberRecord("x", { state: "forgotten" }));
  const range = { type: "syncRange", after: undefined, upTo: undefined } as const;
  expect(answerTo({ ...range, records: [] }, mine)).toEqual([]);
  const dead = memberRecord("x", { state: "dead" });
  expect(answerTo({ ...range, records: [dead] }, mine)).toEqual([mine.get("x")]);
});

test("an empty table is one empty range", () => {
  expect(ranges(new Membership(), 100)).toEqual([
    { type: "syncRange", after: undefined, upTo: undefined, records: [] },
  ]);
  expect(inParts([], 100)).toEqual([[]]);
});

test("digests differ in either half", () => {
  expect(digestsDiffer({ high: 1, low: 2 }, { high: 1, low: 2 })).toBe(false);
  expect(digestsDiffer({ high: 1, low: 2 }, { high: 0, low: 2 })).toBe(true);
  expect(digestsDiffer({ high: 1, low: 2 }, { high: 1, low: 0 })).toBe(true);
});
