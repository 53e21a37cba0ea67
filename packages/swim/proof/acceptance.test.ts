import { expect, test } from "vitest";
import { plainSwim } from "../src/config.ts";
import { churn } from "./churn.ts";
import { detection, expectedRounds, lockstepRounds } from "./detection.ts";
import { underLoss, underPauses } from "./false-positives.ts";
import { halves } from "./healing.ts";
import { dissemination, traffic } from "./traffic.ts";

// The short tier of `pnpm proof`: the same measurements on small clusters.

test.each([8, 32])("[SWIM §3.1] among %i, every crash is noticed by all, and soon", (members) => {
  const report = detection(members, 60, 1);
  expect(report.detectedByAll).toBe(report.crashes);
  expect(report.firstProbe.mean).toBeLessThan(1.15 + 2 * report.firstProbe.error);
  expect(report.suspicion.mean).toBeCloseTo(1, 1);
});

test("[SWIM §3.1] in lockstep with random targets, detection takes what theory says", () => {
  const { mean } = lockstepRounds(16, 200, 1);
  expect(Math.abs(mean / expectedRounds(16) - 1)).toBeLessThan(0.15);
});

test("[SWIM §5] messages per member and period do not grow, dissemination does with log n", () => {
  const [small, large] = [traffic(8, 60, 1), traffic(64, 60, 1)];
  expect(large.messages / small.messages).toBeCloseTo(1, 1);
  const growth = dissemination(64, 5, 1).mean / dissemination(8, 5, 1).mean;
  expect(growth).toBeGreaterThan(1);
  expect(growth).toBeLessThan(Math.log(64) / Math.log(8) + 1);
});

test("[SWIM §4.2] with 5 % of the messages lost, nobody is declared dead", () => {
  const report = underLoss(16, 16, 1);
  expect(report.suspicions).toBeGreaterThan(0);
  expect(report.deaths).toBe(0);
});

test("[Lifeguard §V] disturbed members do the healthy far less harm with Lifeguard", () => {
  const without = underPauses(16, 5, 0.5, plainSwim, 1);
  const with_ = underPauses(16, 5, 0.5, {}, 1);
  expect(without.deaths).toBeGreaterThan(10);
  expect(with_.deaths * 20).toBeLessThanOrEqual(without.deaths);
});

test("two halves that have buried each other heal without another death", () => {
  expect(halves(32, 1)).toMatchObject({ divided: true, deathsWhileHealing: 0 });
  expect(halves(32, 1).healedMs).toBeLessThan(60_000);
});

test.each([1, 2, 3, 4])("under churn, views become true after every healing: seed %i", (seed) => {
  const report = churn(seed, 1);
  expect(report.violations).toEqual([]);
  expect(report.healings).toBeGreaterThan(3);
});
