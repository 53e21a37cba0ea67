import { expect, test } from "vitest";
import { HedgeBudget } from "./hedge.ts";

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
