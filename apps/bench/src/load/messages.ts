import type { BenchPlan } from "../plan.ts";

/** What a load process is told. */
export type ToLoad =
  | {
      readonly type: "prepare";
      readonly plan: BenchPlan;
      readonly process: number;
      /** Whether the bucket was made for this run: then no key has to be read before its first write. */
      readonly isNew: boolean;
    }
  | { readonly type: "run" };

/** What one load process measured. */
export interface LoadReport {
  /** Successful ones that were answered within the window. */
  readonly operations: number;
  readonly seconds: number;
  readonly errors: Readonly<Record<string, number>>;
  /** By kind of operation, encoded. */
  readonly latencies: Readonly<Record<string, string>>;
  /** Updates that had to read first, because nothing of their key had been seen. */
  readonly readsBeforeWrites: number;
  /** Of this process, within the window. */
  readonly cpuUs: number;
  readonly rssBytesMax: number;
  /** What the first failure said. */
  readonly firstError?: string;
}

/** What a load process tells. */
export type FromLoad =
  | { readonly type: "prepared"; readonly records: number; readonly seconds: number }
  | { readonly type: "loading"; readonly records: number }
  | { readonly type: "measuring" }
  | { readonly type: "progress"; readonly operations: number; readonly errors: number }
  | { readonly type: "measured" }
  | { readonly type: "done"; readonly report: LoadReport }
  | { readonly type: "failed"; readonly message: string };
