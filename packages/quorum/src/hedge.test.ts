import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import { HedgeBudget, type Impatient, Patience } from "./hedge.ts";

test("in the long run there are `ratio` hedges a read, and `burst` on top [trap 15]", () => {
  const budget = new HedgeBudget({ ratio: 0.1, burst: 5 });
  for (let read = 0; read < 1_000; read++) {
    budget.deposit();
    budget.withdraw();
  }
  expect(budget.sent).toBeGreaterThanOrEqual(100);
  expect(budget.sent).toBeLessThanOrEqual(105);
  expect(budget.sent + budget.withheld).toBe(1_000);
});

test("quiet times save up no more than `burst`", () => {
  const budget = new HedgeBudget({ ratio: 1, burst: 3 });
  for (let read = 0; read < 100; read++) budget.deposit();
  expect([1, 2, 3, 4].map(() => budget.withdraw())).toEqual([true, true, true, false]);
});

/** A read that notes what it is told to do. */
function impatient(time: VirtualTime, events: string[], delays: number[]): Impatient {
  return {
    deadlineMs: 100,
    dueMs: 0,
    mayHedge: false,
    place: -1,
    hedgeDelayMs: () => delays.shift() ?? Number.POSITIVE_INFINITY,
    hedge: () => events.push(`hedge ${time.monotonicMs()}`) > 0,
    expire: () => events.push(`expire ${time.monotonicMs()}`),
  };
}

function patient(time: VirtualTime): Patience {
  return new Patience({ clock: time, timers: time });
}

test("a read is told of its hedges and then of its deadline", () => {
  const time = new VirtualTime();
  const patience = patient(time);
  const events: string[] = [];
  const read = impatient(time, events, [10, 20]);
  read.expire = () => {
    events.push(`expire ${time.monotonicMs()}`);
    patience.end(read);
  };
  patience.begin(read, 0);
  time.advance(1_000);
  expect(events).toEqual(["hedge 10", "hedge 30", "expire 100"]);
});

test("when a hedge is not allowed only the deadline is left", () => {
  const time = new VirtualTime();
  let asked = 0;
  const read = {
    ...impatient(time, [], [10, 10]),
    hedge: () => {
      asked++;
      return false;
    },
  };
  patient(time).begin(read, 0);
  time.advance(99);
  expect(asked).toBe(1);
  expect(time.nextMs).toBe(100);
});

test("one timer serves all reads: each has its time, and those that end are not told", () => {
  const time = new VirtualTime();
  const patience = patient(time);
  const events: string[] = [];
  const slow = impatient(time, events, [40]);
  const quick = { ...impatient(time, [], []), deadlineMs: 25 };
  quick.expire = () => {
    events.push(`quick ${time.monotonicMs()}`);
    patience.end(quick);
  };
  const ended = impatient(time, events, [5]);
  const last = impatient(time, events, [30]);
  for (const read of [ended, slow, quick, last]) patience.begin(read, 0);
  // The last takes the place of the first, and is found there.
  patience.end(ended);
  patience.end(last);
  time.advance(60);
  expect(events).toEqual(["quick 25", "hedge 40"]);
});

test("when no read waits any more no timer is left", () => {
  const time = new VirtualTime();
  const patience = patient(time);
  const read = impatient(time, [], [10]);
  patience.begin(read, 0);
  expect(time.nextMs).toBe(10);
  patience.end(read);
  expect(time.nextMs).toBe(Number.POSITIVE_INFINITY);
});
