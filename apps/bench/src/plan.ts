import type { Distribution, WorkloadName } from "./workload.ts";

/** A run, as it is asked for. */
export interface BenchPlan {
  /** `host:port` of some nodes. */
  readonly addresses: readonly string[];
  readonly workload: WorkloadName;
  readonly bucket: string;
  /** How the bucket settles conflicts. */
  readonly mode: "siblings" | "lww";
  /** Keys of the load phase. */
  readonly records: number;
  /** False: the keys are there from a run before. */
  readonly load: boolean;
  /** Every key is read once before anything is measured: no update has to read first to know a context. */
  readonly learn: boolean;
  readonly fields: number;
  readonly fieldBytes: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** A closed loop of so many clients, or an open one of so many operations a second. */
  readonly loop:
    | { readonly type: "closed"; readonly concurrency: number }
    | { readonly type: "open"; readonly perSecond: number };
  readonly processes: number;
  readonly distribution?: Distribution;
  /** Of the hot keys, between 0 and 1: higher is hotter. */
  readonly skew: number;
  readonly seed: number;
  readonly strict: boolean;
  readonly timeoutMs: number;
  /** Calls of one load process under way at once: more are refused there, and count as errors. */
  readonly callsMax: number;
  /** It is no cluster of ours that is under load, but one of the field's: no buckets, contexts or quorums then. */
  readonly peer?: { readonly store: "etcd"; readonly reads: "linearizable" | "serializable" };
  readonly n?: number;
  readonly r?: number;
  readonly w?: number;
}

export const PLAN_DEFAULTS = {
  workload: "a",
  bucket: "bench",
  mode: "siblings",
  records: 100_000,
  load: true,
  learn: false,
  fields: 1,
  fieldBytes: 100,
  seconds: 15,
  warmupSeconds: 3,
  loop: { type: "closed", concurrency: 64 },
  processes: 1,
  skew: 0.99,
  seed: 1,
  strict: false,
  timeoutMs: 5_000,
  callsMax: 4_096,
} as const satisfies Omit<BenchPlan, "addresses">;
