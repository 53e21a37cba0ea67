import { describe, expect, test } from "vitest";
import {
  type Carelessness,
  type Faults,
  lostWrite,
  type Row,
  type Rules,
} from "../test/schedule.ts";
import type { IntervalClock } from "./interval-clock.ts";
import { EMPTY_SET, mergeSiblings, putSibling } from "./sibling-set.ts";
import { VersionVector } from "./version-vector.ts";

const intervals: Rules<IntervalClock> = {
  nothing: EMPTY_SET,
  merge: mergeSiblings,
  put: (row, dot, seen, ownedTo) => putSibling(row, { dot }, { seen, ownedTo }),
};

/** The counterexample: the same sets with version vectors for contexts, whose maxima cover gaps. */
const maxima: Rules<VersionVector> = {
  nothing: { context: VersionVector.EMPTY, siblings: [] },
  merge(a, b) {
    const unseenBy = (one: Row<VersionVector>, other: Row<VersionVector>) =>
      one.siblings.filter(
        ({ dot }) =>
          !other.context.contains(dot) ||
          other.siblings.some((s) => s.dot.actor === dot.actor && s.dot.counter === dot.counter),
      );
    const fromA = unseenBy(a, b);
    const named = new Set(fromA.map(({ dot }) => `${dot.actor}${dot.counter}`));
    const fromB = unseenBy(b, a).filter(({ dot }) => !named.has(`${dot.actor}${dot.counter}`));
    return { context: a.context.merge(b.context), siblings: [...fromA, ...fromB] };
  },
  put: (row, dot, seen) => ({
    set: {
      context: row.context.merge(seen).advance(dot),
      siblings: [...row.siblings.filter((s) => !seen.contains(s.dot)), { dot }],
    },
    context: seen.advance(dot),
  }),
};

/** The rule of intervals without `ownedTo`: always extends from the last counter it knows. */
const alwaysExtending: Rules<IntervalClock> = {
  ...intervals,
  put: (row, dot, seen) =>
    putSibling(row, { dot }, { seen, ownedTo: row.context.lastOf(dot.actor) || undefined }),
};

const none: Faults = { crash: false, failedCommit: false, droppedRow: false };
const mixes: Record<string, Faults> = {
  "a crash between send and local commit": { ...none, crash: true },
  "a failed local commit": { ...none, failedCommit: true },
  "a dropped fallback row": { ...none, droppedRow: true },
  "all of these": { crash: true, failedCommit: true, droppedRow: true },
};

const SCHEDULES = 4_000;

/** The first schedule that loses a write. */
function firstLoss<C>(rules: Rules<C>, faults: Faults, careless?: Carelessness) {
  for (let seed = 0; seed < SCHEDULES; seed++) {
    const loss = lostWrite(seed, rules, faults, careless);
    if (loss !== undefined) return { seed, ...loss };
  }
  return undefined;
}

describe("no write that two replicas hold is lost unseen", () => {
  for (const [name, faults] of Object.entries({ "no fault": none, ...mixes })) {
    test(`with intervals and ownedTo, under ${name}`, () => {
      expect(firstLoss(intervals, faults)).toBeUndefined();
    });
  }
});

describe("the same schedules catch rules that are wrong", () => {
  for (const [name, faults] of Object.entries(mixes)) {
    test(`maxima lose writes under ${name}`, () => {
      expect(firstLoss(maxima, faults)).toBeDefined();
    });

    test(`intervals that are extended without ownedTo lose writes under ${name}`, () => {
      expect(firstLoss(alwaysExtending, faults)).toBeDefined();
    });
  }

  test("a node that keeps ownedTo over a failed commit loses writes", () => {
    const careless = { keepsOwnedToOverFailedCommit: true };
    expect(firstLoss(intervals, { ...none, failedCommit: true }, careless)).toBeDefined();
  });
});
