import { describe, expect, test } from "vitest";
import type { Membership } from "./membership.ts";
import type { Proposal } from "./message.ts";
import { coveredRead, mustBeCompleted, type PreparePhase, setsThatCover } from "./round.ts";

const a: Membership = { version: 1, sets: [["a1", "a2", "a3"]] };
const b: Membership = { version: 2, sets: [["b1"]] };
const rival: Membership = { version: 2, sets: [["r1"]] };

function proposal(counter: number, base: Membership, membership: Membership): Proposal {
  return { ballot: { counter, proposer: "q" }, base, membership, value: undefined };
}

function phase(known: Membership, promises: [string, Proposal | undefined][]): PreparePhase {
  return {
    type: "prepare",
    ballot: { counter: 9, proposer: "p" },
    known,
    asked: promises.map(([id]) => id),
    promises: new Map(promises),
    refused: [],
    resendAtMs: 0,
  };
}

describe("what may be built on", () => {
  test("nothing before a majority of the known members has promised", () => {
    const read = proposal(3, a, a);
    expect(coveredRead(phase(a, [["a1", read]]))).toBeUndefined();
    expect(
      coveredRead(
        phase(a, [
          ["a1", read],
          ["a2", undefined],
        ]),
      ),
    ).toEqual({ read });
  });

  test("of a change of members not known to be chosen the base is asked as well, and it is completed", () => {
    const read = proposal(3, a, b);
    expect(setsThatCover(read, a)).toEqual([...a.sets, ...b.sets]);
    expect(mustBeCompleted(read, a)).toBe(true);
  });

  test("of a change of members known to be chosen the new members are enough", () => {
    const read = proposal(3, a, b);
    expect(setsThatCover(read, b)).toEqual(b.sets);
    expect(mustBeCompleted(read, b)).toBe(false);
    expect(coveredRead(phase(b, [["b1", read]]))).toEqual({ read });
  });

  test("a change of members that lost against the known one is not built on, whoever promises", () => {
    const read = proposal(3, a, rival);
    expect(setsThatCover(read, b)).toEqual([...a.sets, ...rival.sets, ...b.sets]);
    const promises = ["a1", "a2", "r1", "b1"].map((id): [string, Proposal] => [id, read]);
    expect(coveredRead(phase(b, promises))).toBeUndefined();
  });

  test("neither is what is older than the known members, nor an empty register when there is one", () => {
    const promises = ["a1", "a2", "b1"].map((id): [string, Proposal] => [id, proposal(3, a, a)]);
    expect(coveredRead(phase(b, promises))).toBeUndefined();
    expect(coveredRead(phase(b, [["b1", undefined]]))).toBeUndefined();
    const birth: Membership = { version: 0, sets: [["b1"]] };
    expect(coveredRead(phase(birth, [["b1", undefined]]))).toEqual({ read: undefined });
  });
});
