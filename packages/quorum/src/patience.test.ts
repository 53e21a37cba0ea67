import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import { type Impatient, Patience } from "./patience.ts";

/** A read that notes what it is told to do. */
function impatient(time: VirtualTime, events: string[], delays: number[]): Impatient {
  return {
    deadlineMs: 100,
    dueMs: 0,
    mayHedge: false,
    place: 0,
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

test("the timer is left standing when nobody waits: the next to come finds it set", () => {
  const time = new VirtualTime();
  const patience = patient(time);
  const events: string[] = [];
  const first = impatient(time, events, [10]);
  patience.begin(first, 0);
  patience.end(first);
  expect(time.nextMs).toBe(10);
  time.advance(5);
  patience.begin(impatient(time, events, [20]), 5);
  expect(time.nextMs).toBe(10);
  time.advance(20);
  expect(events).toEqual(["hedge 25"]);
});

test("a timer that finds nobody waiting is not set again, and none is left after a stop", () => {
  const time = new VirtualTime();
  const patience = patient(time);
  const first = impatient(time, [], [10]);
  patience.begin(first, 0);
  patience.end(first);
  time.advance(10);
  expect(time.nextMs).toBe(Number.POSITIVE_INFINITY);
  patience.begin(impatient(time, [], [10]), 10);
  patience.stop();
  expect(time.nextMs).toBe(Number.POSITIVE_INFINITY);
});
