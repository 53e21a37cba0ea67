import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import { closedLoop, openLoop } from "./loops.ts";

/** Advances virtual time, and lets promises settle in between. */
async function pass(time: VirtualTime, ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    time.advance(1);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

function sleep(time: VirtualTime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    time.after(ms, resolve);
  });
}

test("a closed loop has as many under way as it has clients, and each waits for its answer", async () => {
  const time = new VirtualTime();
  let underWay = 0;
  let done = 0;
  const ended = closedLoop(
    {
      clock: time,
      timers: time,
      untilMs: 100,
      operate: async () => {
        underWay++;
        expect(underWay).toBeLessThanOrEqual(4);
        await sleep(time, 10);
        underWay--;
        done++;
      },
    },
    4,
  );
  await pass(time, 120);
  await ended;
  expect(done).toBe(40);
});

test("an open loop starts operations by the clock, however slow the answers are", async () => {
  const time = new VirtualTime();
  const intended: number[] = [];
  const ended = openLoop(
    {
      clock: time,
      timers: time,
      untilMs: 100,
      operate: async (intendedMs) => {
        intended.push(intendedMs);
        await sleep(time, 500);
      },
    },
    200,
  );
  await pass(time, 700);
  await ended;
  expect(intended).toEqual(Array.from({ length: 20 }, (_, i) => 5 * i));
});

test("what a stall holds up keeps its intended start", async () => {
  const time = new VirtualTime();
  const waited: number[] = [];
  const ended = openLoop(
    {
      clock: time,
      timers: time,
      untilMs: 50,
      operate: async (intendedMs) => {
        waited.push(time.monotonicMs() - intendedMs);
      },
    },
    100,
  );
  time.advance(1); // the second operation is due at 10 ms, and the event loop is held up until 40
  await Promise.resolve();
  time.advance(39);
  await pass(time, 60);
  await ended;
  expect(waited).toHaveLength(5);
  expect(Math.max(...waited)).toBeGreaterThanOrEqual(20);
});

test("what a stall has held up is not started in one go: answers are read in between", async () => {
  const time = new VirtualTime();
  let started = 0;
  const ended = openLoop(
    {
      clock: time,
      timers: time,
      untilMs: 101,
      operate: async () => {
        started++;
      },
    },
    100_000,
  );
  expect(started).toBe(1);
  time.advance(100);
  await Promise.resolve();
  expect(started).toBeLessThan(5_000);
  await pass(time, 20);
  await ended;
  expect(started).toBe(10_100);
});
