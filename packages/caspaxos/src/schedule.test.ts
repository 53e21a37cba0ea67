import { SeededRandom } from "@coterie/core";
import { afterEach, expect, test, vi } from "vitest";
import { runSchedule } from "../explore/schedule.ts";
import type { AcceptorSets, Membership, PreparePhase, Proposal } from "./index.ts";

/** Rules of the proposer that a test takes away. */
const without = vi.hoisted(() => ({ base: false, next: false, cover: false, completion: false }));

vi.mock("./quorum.ts", async (original) => {
  const real = await original<typeof import("./quorum.ts")>();
  return {
    ...real,
    setsThatChoose: (proposal: Proposal): AcceptorSets => {
      if (without.base) return proposal.membership.sets;
      return without.next ? proposal.base.sets : real.setsThatChoose(proposal);
    },
  };
});

vi.mock("./round.ts", async (original) => {
  const real = await original<typeof import("./round.ts")>();
  return {
    ...real,
    coveredRead: (phase: PreparePhase) => {
      if (!without.cover || phase.promises.size === 0) return real.coveredRead(phase);
      return { read: real.highestAccepted(phase) };
    },
    mustBeCompleted: (read: Proposal, known: Membership) =>
      !without.completion && real.mustBeCompleted(read, known),
  };
});

afterEach(() => {
  Object.assign(without, { base: false, next: false, cover: false, completion: false });
});

/** The first fault in the schedules of these seeds, and how much they did. */
function run(fromSeed: number, toSeed: number) {
  let returned = 0;
  let membershipChanges = 0;
  for (let seed = fromSeed; seed < toSeed; seed++) {
    const account = runSchedule(new SeededRandom(seed), 3000);
    returned += account.returned;
    membershipChanges += account.membershipChanges;
    if (account.broken !== undefined) {
      return { broken: `seed ${seed}: ${account.broken}`, returned, membershipChanges };
    }
  }
  return { broken: undefined, returned, membershipChanges };
}

test("four proposers, five acceptors and members that change all the time lose no change", () => {
  const { broken, returned, membershipChanges } = run(0, 300);
  expect(broken).toBeUndefined();
  expect(returned).toBeGreaterThan(2500);
  expect(membershipChanges).toBeGreaterThan(1500);
});

test("a change of members that the new ones alone accept is found to lose changes", () => {
  without.base = true;
  expect(run(0, 10).broken).toBeDefined();
});

test("a change of members that the old ones alone accept is found to lose changes", () => {
  without.next = true;
  expect(run(0, 100).broken).toBeDefined();
});

test("a state that is built on before every set has promised is found to lose changes", () => {
  without.cover = true;
  expect(run(0, 10).broken).toBeDefined();
});

test("a change of members built on before it is known to be chosen is found to lose changes", () => {
  without.completion = true;
  expect(run(0, 300).broken).toBeDefined();
});
