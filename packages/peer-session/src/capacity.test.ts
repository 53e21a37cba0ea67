import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import { Capacity } from "./capacity.ts";

/** `underWay` requests all along, of which one ends every so many milliseconds. */
function serve(
  time: VirtualTime,
  capacity: Capacity,
  underWay: number,
  everyMs: number,
  count: number,
) {
  for (let i = 0; i < count; i++) {
    time.advance(everyMs);
    capacity.ended(underWay - 1, underWay * everyMs);
    capacity.began(underWay);
  }
}

test("so many take as long as the rate says at which they are served", () => {
  const time = new VirtualTime();
  const capacity = new Capacity(time);
  capacity.began(100);
  serve(time, capacity, 100, 2, 500);
  expect(capacity.waitMs(100)).toBeCloseTo(200, -1);
  expect(capacity.waitMs(150)).toBeCloseTo(300, -1);
  expect(capacity.waitMs(63)).toBe(0);
});

test("the rate of clients that keep nothing waiting tells nothing", () => {
  const time = new VirtualTime();
  const capacity = new Capacity(time);
  serve(time, capacity, 5, 100, 100);
  expect(capacity.waitMs(5_000)).toBe(0);
});

test("a stall leaves the rate as it was, for a while", () => {
  const time = new VirtualTime();
  const capacity = new Capacity(time);
  capacity.began(100);
  serve(time, capacity, 100, 2, 500);
  time.advance(900);
  expect(capacity.waitMs(100)).toBeCloseTo(200, -1);
  time.advance(2_000);
  expect(capacity.waitMs(100)).toBe(0);
});

test("failures are no rate", () => {
  const time = new VirtualTime();
  const capacity = new Capacity(time);
  capacity.began(100);
  for (let i = 0; i < 1_000; i++) {
    time.advance(1);
    capacity.ended(99, undefined);
  }
  expect(capacity.waitMs(1_000)).toBe(0);
});

test("a slow start is no overload: what is foretold stays near what was seen", () => {
  const time = new VirtualTime();
  const capacity = new Capacity(time);
  capacity.began(1_000);
  time.advance(900);
  for (let i = 0; i < 64; i++) capacity.ended(999, 900);
  // At 71 a second a thousand would take 14 seconds.
  expect(capacity.waitMs(1_000)).toBeLessThan(3 * 900);
});
