import { expect, test } from "vitest";
import { ClashWatch } from "./clash-watch.ts";

test("an answer to the challenge from another session is a clash, told once", () => {
  const watch = new ClashWatch(10_000);
  watch.challenged(7, 100, 0);
  expect(watch.answered(99, 7)).toBe(false);
  expect(watch.isTwin(7)).toBe(false);
  expect(watch.answered(100, 7)).toBe(true);
  expect(watch.isTwin(7)).toBe(true);
  expect(watch.answered(100, 7)).toBe(false);
});

test("whoever answers at the challenged address is the twin, be it yet another session", () => {
  const watch = new ClashWatch(10_000);
  watch.challenged(7, 100, 0);
  expect(watch.answered(100, 8)).toBe(true);
  expect([watch.isTwin(7), watch.isTwin(8)]).toEqual([false, true]);
});

test("a silent process is challenged again after a while, a known twin never", () => {
  const watch = new ClashWatch(10_000);
  expect(watch.shouldChallenge(7, 0)).toBe(true);
  watch.challenged(7, 100, 0);
  expect(watch.shouldChallenge(7, 9_999)).toBe(false);
  expect(watch.shouldChallenge(7, 10_000)).toBe(true);
  watch.answered(100, 7);
  expect(watch.shouldChallenge(7, 20_000)).toBe(false);
});

test("many sessions are challenged up to a bound", () => {
  const watch = new ClashWatch(10_000);
  for (let session = 0; session < 32; session++) watch.challenged(session, session, 0);
  expect(watch.shouldChallenge(99, 0)).toBe(false);
});
