import { fraction, SeededRandom } from "@coterie/core";
import { expect, test } from "vitest";
import { Latency } from "./latency.ts";

test("the moving p95 settles near the true one", () => {
  const latency = new Latency(1);
  const random = new SeededRandom(1);
  let above = 0;
  for (let i = 0; i < 20_000; i++) {
    const tookMs = 10 + 90 * fraction(random);
    if (i >= 10_000 && tookMs > latency.p95Ms) above++;
    latency.replied(tookMs);
  }
  expect(above / 10_000).toBeGreaterThan(0.02);
  expect(above / 10_000).toBeLessThan(0.1);
});

test("a peer that turns slow is seen as slow after a few dozen replies", () => {
  const latency = new Latency(1);
  for (let i = 0; i < 1_000; i++) latency.replied(1);
  for (let i = 0; i < 60; i++) latency.replied(500);
  expect(latency.averageMs).toBeGreaterThan(400);
  expect(latency.p95Ms).toBeGreaterThan(200);
});
