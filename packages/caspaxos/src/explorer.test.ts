import { afterEach, describe, expect, test, vi } from "vitest";
import { Explorer } from "../explore/explorer.ts";
import type { Setting } from "../explore/setting.ts";
import type { AcceptorSets, Proposal } from "./index.ts";

/** Rules of the proposer that a test takes away. */
const without = vi.hoisted(() => ({ majority: false, base: false }));

vi.mock("./quorum.ts", async (original) => {
  const real = await original<typeof import("./quorum.ts")>();
  return {
    ...real,
    shortfalls: (sets: AcceptorSets, heard: string[]) =>
      real.shortfalls(sets, heard).filter((set) => !without.majority || set.received === 0),
    setsThatChoose: (proposal: Proposal) =>
      without.base ? proposal.membership.sets : real.setsThatChoose(proposal),
  };
});

afterEach(() => {
  Object.assign(without, { majority: false, base: false });
});

const acceptors = ["a", "b", "c"];
const three: Setting = {
  acceptors,
  members: [acceptors],
  letters: [[{ letter: "x" }], [{ letter: "y" }]],
  rounds: [2, 2],
  interchangeable: true,
};

describe("three acceptors and two proposers, every interleaving", () => {
  test("a register to which each appends a letter, in up to two rounds each, is linearizable", () => {
    const verdict = new Explorer(three).run();
    expect(verdict.violation).toBeUndefined();
    expect(verdict.returned).toEqual(["x", "xy", "y", "yx"]);
    expect(verdict.states).toBe(117_488);
  });

  test("so is one to which the first appends twice", () => {
    const letters = [[{ letter: "x" }, { letter: "z" }], [{ letter: "y" }]];
    const verdict = new Explorer({ ...three, letters, rounds: [2, 1] }).run();
    expect(verdict.violation).toBeUndefined();
    expect(verdict.returned).toContain("xyz");
  });

  test("a promise that a crash can undo loses a change", () => {
    const fault = { forgetsPromises: true };
    const { violation } = new Explorer({ ...three, rounds: [1, 1], fault }).run();
    expect(violation?.rule).toBe('"x" and "y" are no prefixes of one another');
    expect(violation?.events.some((event) => event.includes("crashes"))).toBe(true);
  });

  test("a quorum that is no majority loses a change", () => {
    without.majority = true;
    const { violation } = new Explorer({ ...three, rounds: [1, 1] }).run();
    expect(violation?.rule).toContain("no prefixes");
  });

  test("a proposer that does not take up what was accepted loses a change", () => {
    const fault = { shows: () => undefined };
    const { violation } = new Explorer({ ...three, rounds: [1, 1], fault }).run();
    expect(violation?.rule).toContain("no prefixes");
  });

  test("a proposer that takes up another value than the highest accepted loses a change", () => {
    const shows = (accepted: Proposal | undefined) => accepted && upsideDown(accepted);
    const { violation } = new Explorer({ ...three, rounds: [2, 1], fault: { shows } }).run();
    expect(violation?.rule).toContain("no prefixes");
  });
});

/** Its ballot, put so that the order of all ballots is turned round and all stay below 1. */
function upsideDown(proposal: Proposal): Proposal {
  const { counter, proposer } = proposal.ballot;
  const counterpart = proposer === "p0" ? "p1" : "p0";
  return { ...proposal, ballot: { counter: 1 / (counter + 1), proposer: counterpart } };
}

describe("members that change while others write, every interleaving", () => {
  const moving: Setting = {
    acceptors,
    members: [["a", "b"]],
    letters: [[{ letter: "x", acceptors: [["b", "c"]] }], [{ letter: "y" }]],
    rounds: [2, 2],
  };
  const rivals: Setting = {
    acceptors,
    members: [["a"]],
    letters: [[{ letter: "x", acceptors: [["b"]] }], [{ letter: "y", acceptors: [["c"]] }]],
    rounds: [4, 3],
  };

  test("an acceptor of two is replaced, and no write is lost", () => {
    const verdict = new Explorer(moving).run();
    expect(verdict.violation).toBeUndefined();
    expect(verdict.returned).toContain("xy");
  });

  test("two changes of all members at once come one after the other", () => {
    const verdict = new Explorer(rivals).run();
    expect(verdict.violation).toBeUndefined();
    expect(verdict.returned).toEqual(["x", "xy", "y", "yx"]);
  });

  test("a change that the new members alone accept loses a write", () => {
    without.base = true;
    expect(new Explorer(rivals).run().violation?.rule).toContain("prefix");
  });
});
