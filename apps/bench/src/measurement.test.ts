import { CoterieError } from "@coterie/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BenchResult, compareResults, planDifferences } from "./bench-result.ts";
import { Latencies } from "./latencies.ts";
import { Measurement } from "./load/measurement.ts";
import { PLAN_DEFAULTS } from "./plan.ts";
import { operationAt, WORKLOADS } from "./workload.ts";

test("percentiles are those of the sorted latencies, to three digits, also across processes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { minLength: 1 }),
      (all) => {
        const merged = new Latencies();
        for (const half of [all.slice(0, all.length >> 1), all.slice(all.length >> 1)]) {
          const latencies = new Latencies();
          for (const ms of half) latencies.record(ms);
          merged.add(Latencies.decode(latencies.encode()));
        }
        const sorted = all.toSorted((a, b) => a - b);
        const { count, p50, p99, max } = merged.summary();
        expect(count).toBe(all.length);
        const near = (is: number, expected: number): void => {
          expect(Math.abs(is - expected)).toBeLessThanOrEqual(expected * 0.002 + 0.001);
        };
        near(max, sorted.at(-1)!);
        near(p50, sorted[Math.ceil(all.length * 0.5) - 1]!);
        near(p99, sorted[Math.ceil(all.length * 0.99) - 1]!);
      },
    ),
    { numRuns: 30 },
  );
});

test("operations count by their answer's time, latencies by their intended start", () => {
  const measurement = new Measurement(100, 200);
  measurement.succeeded("read", 90, 150); // begun before the window
  measurement.succeeded("read", 110, 150);
  measurement.succeeded("read", 150, 250); // answered after it
  measurement.failedWith(new CoterieError("OVERLOADED", "too much"), 150);
  measurement.failedWith(new CoterieError("OVERLOADED", "too much"), 50);
  expect(measurement.operations).toBe(2);
  const { count, max } = measurement.latencies.get("read")!.summary();
  expect(count).toBe(2);
  expect(Math.round(max)).toBe(100);
  expect(measurement.errors).toEqual({ OVERLOADED: 1 });
});

test("operations come in the shares of the workload", () => {
  const drawn = Array.from({ length: 1000 }, (_, i) => operationAt(WORKLOADS.b, i / 1000));
  expect(drawn.filter((kind) => kind === "update")).toHaveLength(50);
  expect(operationAt(WORKLOADS.d, 0.99)).toBe("insert");
  for (const { mix } of Object.values(WORKLOADS)) {
    expect(Object.values(mix).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  }
});

test("two results stand side by side, and what they did not have in common is said", () => {
  const latencyMs = { count: 1, mean: 2, p50: 2, p95: 2, p99: 2, p999: 2, max: 2 };
  const before: BenchResult = {
    workload: "a",
    operations: 100,
    seconds: 1,
    throughput: 100,
    errors: 0,
    errorsByKind: {},
    latencyMs,
    latencyMsByOperation: {},
    plan: { ...PLAN_DEFAULTS, addresses: ["a:1"] },
    readsBeforeWrites: 0,
    siblings: { keys: 1, mean: 1, max: 1 },
    cpuUsPerOperation: { load: 50, nodes: {} },
    memory: { load: 0, nodes: {} },
  };
  const plan = { ...before.plan, addresses: ["b:1"], fieldBytes: 200 };
  const after = { ...before, throughput: 150, plan };
  const [throughput, errors] = compareResults(before, after);
  expect(throughput).toEqual({ figure: "operations/s", before: 100, after: 150, ratio: 1.5 });
  expect(errors!.ratio).toBe(1);
  expect(planDifferences(before, after)).toEqual(["fieldBytes: 100 and 200"]);
});
