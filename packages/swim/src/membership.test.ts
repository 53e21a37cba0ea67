import { SeededRandom, shuffle } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { MemberState } from "./member-record.ts";
import { Membership } from "./membership.ts";
import { memberRecord } from "./testing/live-swim.ts";

const changes = fc.array(
  fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    state: fc.constantFrom<MemberState>("alive", "suspect", "dead", "left", "forgotten"),
    incarnation: fc.integer({ min: 1, max: 5 }),
    isDeleted: fc.boolean(),
  }),
  { maxLength: 30 },
);

test("the digest depends on what is held, not on how it came about", () => {
  fc.assert(
    fc.property(changes, fc.integer(), (steps, seed) => {
      const members = new Membership();
      for (const { id, isDeleted, ...given } of steps) {
        if (isDeleted) members.delete(id);
        else members.set(memberRecord(id, given));
      }
      const rebuilt = new Membership();
      for (const record of shuffle(new SeededRandom(seed), [...members])) rebuilt.set(record);
      expect(rebuilt.digest).toEqual(members.digest);
      expect(rebuilt.sortedIds).toEqual(members.sortedIds);
      const living = [...members].filter(({ state }) => state === "alive" || state === "suspect");
      expect(members.livingCount).toBe(living.length);
      for (const record of members) expect(members.lives(record.id)).toBe(living.includes(record));
    }),
    { numRuns: 200 },
  );
});

test("a sample is distinct, living and without those named; asked for too many it is all of them", () => {
  const members = new Membership();
  for (const id of ["a", "b", "c", "d"]) members.set(memberRecord(id));
  members.set(memberRecord("e", { state: "dead" }));
  const random = new SeededRandom(1);
  for (let i = 0; i < 50; i++) {
    const ids = members.sample(2, random, "a").map((record) => record.id);
    expect(new Set(ids).size).toBe(2);
    expect(["b", "c", "d"]).toEqual(expect.arrayContaining(ids));
  }
  const all = members.sample(9, random, "a").map((record) => record.id);
  expect(all.sort()).toEqual(["b", "c", "d"]);
});

test("every living member is drawn equally often", () => {
  const members = new Membership();
  for (let i = 0; i < 10; i++) members.set(memberRecord(`m${i}`));
  const random = new SeededRandom(1);
  const drawn = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const id = members.sample(1, random)[0]!.id;
    drawn.set(id, (drawn.get(id) ?? 0) + 1);
  }
  for (const count of drawn.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});
