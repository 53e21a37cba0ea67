import { expect, test } from "vitest";
import { LatencyWindow } from "./latency-window.ts";
import { RetryBudget } from "./retry-budget.ts";

test("a budget is full at first, and each call earns its part back up to that", () => {
  const budget = new RetryBudget(0.5, 2);
  expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
  budget.earn();
  expect(budget.spend()).toBe(false);
  budget.earn();
  expect(budget.spend()).toBe(true);
  for (let i = 0; i < 100; i++) budget.earn();
  expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
});

test("the percentile stands at its first value until there are samples, and follows the recent ones", () => {
  const window = new LatencyWindow(50);
  for (let i = 0; i < 31; i++) window.add(1);
  expect(window.p95Ms).toBe(50);
  for (let i = 1; i <= 256; i++) window.add(i);
  expect(window.p95Ms).toBeGreaterThan(150);
  for (let i = 0; i < 320; i++) window.add(2);
  expect(window.p95Ms).toBe(2);
});
