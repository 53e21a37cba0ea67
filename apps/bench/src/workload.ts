/** What an operation does: `modify` reads a key and writes it, and is one operation. */
export type OperationKind = "read" | "update" | "insert" | "modify";

/** Which keys are asked for most: all alike, a few hot ones anywhere, or those inserted last. */
export type Distribution = "uniform" | "zipfian" | "latest";

export interface Workload {
  readonly summary: string;
  /** Shares; they add up to 1. */
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
  readonly distribution: Distribution;
}

/**
 * The core workloads of YCSB (Cooper et al. 2010, §5.1) that ask for single keys, and two that do one thing
 * only. E, which scans, has no counterpart: keys are placed by their hash.
 */
export const WORKLOADS = {
  a: {
    summary: "half reads, half updates",
    mix: { read: 0.5, update: 0.5 },
    distribution: "zipfian",
  },
  b: { summary: "mostly reads", mix: { read: 0.95, update: 0.05 }, distribution: "zipfian" },
  c: { summary: "reads only, some keys hot", mix: { read: 1 }, distribution: "zipfian" },
  d: {
    summary: "reads of what was inserted last",
    mix: { read: 0.95, insert: 0.05 },
    distribution: "latest",
  },
  f: {
    summary: "half reads, half read-modify-writes",
    mix: { read: 0.5, modify: 0.5 },
    distribution: "zipfian",
  },
  put: { summary: "updates only, all keys alike", mix: { update: 1 }, distribution: "uniform" },
  get: { summary: "reads only, all keys alike", mix: { read: 1 }, distribution: "uniform" },
} as const satisfies Readonly<Record<string, Workload>>;

export type WorkloadName = keyof typeof WORKLOADS;

export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly WorkloadName[];

/** Which operation comes next, for a number drawn from [0, 1). */
export function operationAt({ mix }: Workload, drawn: number): OperationKind {
  let sum = 0;
  let last: OperationKind = "read";
  for (const [kind, share] of Object.entries(mix) as [OperationKind, number][]) {
    sum += share;
    last = kind;
    if (drawn < sum) return kind;
  }
  return last;
}
