import type { LatencySummary } from "./latencies.ts";
import type { BenchPlan } from "./plan.ts";

/** What a run measured; also what `coterie bench --json` prints. Times of operations are milliseconds. */
export interface BenchResult {
  readonly workload: string;
  /** Successful operations answered within the window. */
  readonly operations: number;
  /** Of the window. */
  readonly seconds: number;
  /** Operations a second. */
  readonly throughput: number;
  readonly errors: number;
  readonly errorsByKind: Readonly<Record<string, number>>;
  readonly firstError?: string;
  /** Of successful operations that were to start in the window, from that moment on. */
  readonly latencyMs: LatencySummary;
  readonly latencyMsByOperation: Readonly<Record<string, LatencySummary>>;
  readonly plan: BenchPlan;
  readonly load?: { readonly records: number; readonly seconds: number };
  /** Updates that had to read first, for nothing of their key had been seen. */
  readonly readsBeforeWrites: number;
  /** Over keys read at the end. `mean` is over those that have a value. */
  readonly siblings: { readonly keys: number; readonly mean: number; readonly max: number };
  /** Microseconds of CPU, user and system, for each operation. */
  readonly cpuUsPerOperation: {
    readonly load: number;
    /** By address; only nodes of this machine. */
    readonly nodes: Readonly<Record<string, number>>;
    /** Of all nodes; absent when one of them is elsewhere. */
    readonly allNodes?: number;
  };
  /** Highest seen, bytes. */
  readonly memory: { readonly load: number; readonly nodes: Readonly<Record<string, number>> };
}

/** A figure of two results side by side. `ratio` is `after` over `before`. */
export interface Compared {
  readonly figure: string;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
}

/** The figures that tell two runs of one plan apart. */
export function compareResults(before: BenchResult, after: BenchResult): Compared[] {
  const figures: [string, (result: BenchResult) => number | undefined][] = [
    ["operations/s", ({ throughput }) => throughput],
    ["errors", ({ errors }) => errors],
    ["mean ms", ({ latencyMs }) => latencyMs.mean],
    ["p50 ms", ({ latencyMs }) => latencyMs.p50],
    ["p95 ms", ({ latencyMs }) => latencyMs.p95],
    ["p99 ms", ({ latencyMs }) => latencyMs.p99],
    ["p99.9 ms", ({ latencyMs }) => latencyMs.p999],
    ["max ms", ({ latencyMs }) => latencyMs.max],
    ["node CPU µs/op", ({ cpuUsPerOperation }) => cpuUsPerOperation.allNodes],
    ["load CPU µs/op", ({ cpuUsPerOperation }) => cpuUsPerOperation.load],
    ["siblings, mean", ({ siblings }) => siblings.mean],
  ];
  return figures.flatMap(([figure, of]) => {
    const [was, is] = [of(before), of(after)];
    if (was === undefined || is === undefined) return [];
    return [{ figure, before: was, after: is, ratio: was === is ? 1 : is / was }];
  });
}

/** Says in which ways two results are not of one plan; empty: they can be compared. */
export function planDifferences(before: BenchResult, after: BenchResult): string[] {
  const names = new Set([...Object.keys(before.plan), ...Object.keys(after.plan)]);
  const of = ({ plan }: BenchResult, name: string): string =>
    JSON.stringify(plan[name as keyof BenchPlan]) ?? "not set";
  return [...names]
    .filter((name) => name !== "addresses" && name !== "bucket" && name !== "load")
    .filter((name) => of(before, name) !== of(after, name))
    .map((name) => `${name}: ${of(before, name)} and ${of(after, name)}`);
}
