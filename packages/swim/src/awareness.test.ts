import { expect, test } from "vitest";
import { Awareness } from "./awareness.ts";

test("[Lifeguard §IV.A] the score stays between 0 and its maximum and stretches times by score + 1", () => {
  const awareness = new Awareness(2);
  expect(awareness.scale(100)).toBe(100);
  awareness.probeAnswered();
  expect(awareness.score).toBe(0);
  for (let i = 0; i < 5; i++) awareness.refuted();
  expect(awareness.score).toBe(2);
  expect(awareness.scale(100)).toBe(300);
  awareness.probeAnswered();
  expect(awareness.score).toBe(1);
});

test("[Lifeguard §IV.A] a failed probe counts each missing nack, and nothing when all arrived", () => {
  const awareness = new Awareness(8);
  awareness.probeFailed(3, 3);
  expect(awareness.score).toBe(0);
  awareness.probeFailed(3, 1);
  expect(awareness.score).toBe(2);
});

test("a failed probe without anyone to ask counts once", () => {
  const awareness = new Awareness(8);
  awareness.probeFailed(0, 0);
  expect(awareness.score).toBe(1);
});

test("lag counts in whole steps", () => {
  const awareness = new Awareness(8);
  awareness.lagged(240, 250);
  expect(awareness.score).toBe(0);
  awareness.lagged(800, 250);
  expect(awareness.score).toBe(3);
});

test("a maximum of 0 switches it off", () => {
  const awareness = new Awareness(0);
  awareness.refuted();
  awareness.lagged(10_000, 250);
  expect(awareness.scale(100)).toBe(100);
});
