import { expect, test } from "vitest";
import { PeakEwma } from "./peak-ewma.ts";

test("a slow answer counts at once and fades by half in two seconds", () => {
  const latency = new PeakEwma();
  latency.end(latency.begin(0), 800);
  expect(latency.costMs(800)).toBe(800);
  expect(latency.costMs(2_800)).toBeCloseTo(400);
});

test("quick answers after a slow one bring the cost down slowly", () => {
  const latency = new PeakEwma();
  latency.end(latency.begin(0), 100);
  latency.end(latency.begin(100), 110);
  expect(latency.costMs(110)).toBeGreaterThan(80);
});

test("the oldest call that waits counts as a latency before it has ended", () => {
  const latency = new PeakEwma();
  const first = latency.begin(0);
  const second = latency.begin(300);
  expect(latency.costMs(1_000)).toBe(1_000);
  latency.end(first, 1_000);
  expect(latency.waiting).toBe(1);
  latency.end(second, 1_001);
  expect(latency.waiting).toBe(0);
});

test("calls that end out of order leave the oldest that waits", () => {
  const latency = new PeakEwma();
  const ends = Array.from({ length: 200 }, (_, i) => latency.begin(i));
  for (let i = 199; i > 0; i--) latency.end(ends[i]!, i);
  expect(latency.costMs(5_000)).toBe(5_000);
  latency.end(ends[0]!, 0);
  for (let i = 0; i < 200; i++) latency.end(latency.begin(6_000), 6_000);
  expect(latency.waiting).toBe(0);
});

test("an end that is told twice counts once", () => {
  const latency = new PeakEwma();
  const call = latency.begin(0);
  latency.end(call, 10);
  latency.end(call, 1_000);
  expect(latency.waiting).toBe(0);
  expect(latency.costMs(10)).toBe(10);
});

test("a refusal ends a call and says nothing of how long the work takes", () => {
  const latency = new PeakEwma();
  latency.end(latency.begin(0), 100);
  const before = latency.costMs(100);
  latency.end(latency.begin(100), 100, true);
  expect(latency.waiting).toBe(0);
  expect(latency.costMs(100)).toBe(before);
});
