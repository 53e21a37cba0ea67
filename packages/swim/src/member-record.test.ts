import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAddress, type MemberState, recordHash, supersedes } from "./member-record.ts";
import { memberRecord } from "./testing/live-swim.ts";

const STATES: MemberState[] = ["alive", "suspect", "dead", "left", "forgotten"];
const anyRecord = fc
  .record({
    incarnation: fc.integer({ min: 1, max: 4 }),
    session: fc.integer({ min: 0, max: 2 }),
    state: fc.constantFrom(...STATES),
  })
  .map((given) => memberRecord("x", given));

describe("supersedes", () => {
  test.each([
    ["alive@2", "alive@1", true],
    ["alive@1", "suspect@1", false],
    ["alive@2", "suspect@1", true],
    ["alive@2", "dead@1", true],
    ["suspect@1", "alive@1", true],
    ["suspect@1", "alive@2", false],
    ["suspect@1", "suspect@1", false],
    ["dead@1", "suspect@1", true],
    ["dead@1", "alive@2", false],
    ["left@1", "dead@1", true],
    ["dead@1", "left@1", false],
    ["forgotten@1", "left@1", true],
    ["alive@2", "forgotten@1", true],
  ])("[SWIM §4.2] %s over %s: %s", (a, b, expected) => {
    const parse = (text: string) => {
      const [state, incarnation] = text.split("@") as [MemberState, string];
      return memberRecord("x", { state, incarnation: Number(incarnation) });
    };
    expect(supersedes(parse(a), parse(b))).toBe(expected);
  });

  test("is a strict total order but for records of one claim and state", () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, anyRecord, (a, b, c) => {
        const same =
          a.incarnation === b.incarnation && a.session === b.session && a.state === b.state;
        expect([supersedes(a, b), supersedes(b, a), same].filter(Boolean)).toHaveLength(1);
        if (supersedes(a, b) && supersedes(b, c)) expect(supersedes(a, c)).toBe(true);
      }),
    );
  });
});

test("a digest does not tell a suspicion from life, nor a forgotten member from none", () => {
  const alive = memberRecord("x");
  expect(recordHash({ ...alive, state: "suspect", accuser: "a" })).toEqual(recordHash(alive));
  expect(recordHash({ ...alive, state: "dead" })).not.toEqual(recordHash(alive));
  expect(recordHash({ ...alive, incarnation: 2 })).not.toEqual(recordHash(alive));
  expect(recordHash({ ...alive, session: 2 })).not.toEqual(recordHash(alive));
  expect(recordHash({ ...alive, state: "forgotten" })).toEqual({ high: 0, low: 0 });
});

test("an address is 1 to 128 printable characters", () => {
  expect(["10.0.0.1:7946", "[::1]:7946", "a"].every(isAddress)).toBe(true);
  expect(["", "a b", "ä", "a\n", "x".repeat(129)].some(isAddress)).toBe(false);
});
