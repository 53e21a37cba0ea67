export {
  type BenchResult,
  type Compared,
  compareResults,
  planDifferences,
} from "./bench-result.ts";
export { sqliteCeiling, syncCeiling } from "./ceilings/disk-ceilings.ts";
export { streamCeiling } from "./ceilings/stream-ceiling.ts";
export type { LatencySummary } from "./latencies.ts";
export { type EtcdCluster, etcdVersion, runEtcd } from "./peers/etcd/run-etcd.ts";
export { type BenchPlan, PLAN_DEFAULTS } from "./plan.ts";
export { type BenchEvents, runBench } from "./run-bench.ts";
export { runSkeleton, type Skeleton } from "./skeleton/run-skeleton.ts";
export { type Distribution, WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from "./workload.ts";
