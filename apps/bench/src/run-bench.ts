import { SeededRandom } from "@coterie/core";
import { adminClient } from "@coterie/transport-grpc";
import type { BenchResult } from "./bench-result.ts";
import { KeySpace } from "./keys/key-space.ts";
import { Latencies } from "./latencies.ts";
import { LoadFleet } from "./load/load-fleet.ts";
import type { LoadTarget } from "./load/load-target.ts";
import type { LoadReport } from "./load/messages.ts";
import { openTarget } from "./load/open-target.ts";
import { cpuUsOf, listenersOf, rssBytesOf } from "./node-cpu.ts";
import type { BenchPlan } from "./plan.ts";
import { WORKLOADS } from "./workload.ts";

export interface BenchEvents {
  /** So many of the plan's records are written. */
  readonly onLoading?: (records: number) => void;
  readonly onMeasuring?: () => void;
  /** So far within the window. */
  readonly onProgress?: (operations: number, errors: number) => void;
}

const INSPECTED_MAX = 1_000;
/** Reads at once, after the run. */
const INSPECTORS = 16;
const MEMORY_MS = 500;

/** Carries a plan out: load, warm-up, run, a look at what is there. Rejects when the cluster cannot be reached or loaded. */
export async function runBench(plan: BenchPlan, events: BenchEvents = {}): Promise<BenchResult> {
  const { target, isNew } = await openTarget(plan);
  const fleet = new LoadFleet(plan.processes, {
    onLoading: (records) => events.onLoading?.(records),
    onProgress: (operations, errors) => events.onProgress?.(operations, errors),
  });
  let memoryTimer: NodeJS.Timeout | undefined;
  try {
    const load = await fleet.prepare(plan, isNew);
    const nodes = await nodesOf(plan.addresses);
    const pids = listenersOf(nodes);
    const window = { before: new Map<string, number>(), after: new Map<string, number>() };
    const memory = new Map<string, number>();
    memoryTimer = setInterval(() => {
      for (const [address, pid] of pids) {
        memory.set(address, Math.max(memory.get(address) ?? 0, rssBytesOf(pid) ?? 0));
      }
    }, MEMORY_MS);
    const look = (): Map<string, number> =>
      new Map([...pids].map(([address, pid]) => [address, cpuUsOf(pid) ?? 0]));
    const reports = await fleet.run({
      begin: () => {
        window.before = look();
        events.onMeasuring?.();
      },
      end: () => {
        window.after = look();
      },
    });
    const operations = sum(reports, (each) => each.operations);
    const perOperation = (us: number): number => (operations === 0 ? 0 : round(us / operations, 1));
    const nodeUs = [...pids.keys()].map((address): [string, number] => [
      address,
      perOperation((window.after.get(address) ?? 0) - (window.before.get(address) ?? 0)),
    ]);
    const errorsByKind = mergeErrors(reports);
    const firstError = reports.find((each) => each.firstError !== undefined)?.firstError;
    return {
      workload: plan.workload,
      operations,
      seconds: plan.seconds,
      throughput: round(operations / plan.seconds, 1),
      errors: Object.values(errorsByKind).reduce((total, count) => total + count, 0),
      errorsByKind,
      ...(firstError === undefined ? {} : { firstError }),
      ...summaries(reports),
      plan,
      ...(plan.load ? { load } : {}),
      readsBeforeWrites: sum(reports, (each) => each.readsBeforeWrites),
      siblings: await countSiblings(target, plan),
      cpuUsPerOperation: {
        load: perOperation(sum(reports, ({ cpuUs }) => cpuUs)),
        nodes: Object.fromEntries(nodeUs),
        ...(pids.size === nodes.length
          ? {
              allNodes: round(
                nodeUs.reduce((total, [, us]) => total + us, 0),
                1,
              ),
            }
          : {}),
      },
      memory: {
        load: sum(reports, ({ rssBytesMax }) => rssBytesMax),
        nodes: Object.fromEntries(memory),
      },
    };
  } finally {
    clearInterval(memoryTimer);
    fleet.close();
    target.close();
  }
}

/** The addresses of all nodes, as the cluster says; of something that has no status, those that were given. */
async function nodesOf(addresses: readonly string[]): Promise<readonly string[]> {
  for (const address of addresses) {
    const client = adminClient(address);
    const result = await client.getStatus({}, { timeoutMs: 3_000 });
    client.close();
    if (result.type === "ok") return result.response.nodes.map((node) => node.address);
  }
  return addresses;
}

async function countSiblings(
  target: LoadTarget,
  plan: BenchPlan,
): Promise<BenchResult["siblings"]> {
  const { records, skew } = plan;
  const distribution = plan.distribution ?? WORKLOADS[plan.workload].distribution;
  const keys = new KeySpace({ records, distribution, skew, process: 0, processes: 1 });
  const random = new SeededRandom(plan.seed);
  // As the load draws them: hot keys, which have the conflicts, are among them.
  const chosen = new Set<number>();
  for (let i = 0; i < INSPECTED_MAX; i++) chosen.add(keys.existing(random));
  let max = 0;
  let total = 0;
  let found = 0;
  const left = [...chosen];
  const reader = async (): Promise<void> => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const count = await target.read(key).catch(() => 0);
      if (count === 0) continue;
      found++;
      total += count;
      max = Math.max(max, count);
    }
  };
  await Promise.all(Array.from({ length: INSPECTORS }, reader));
  return { keys: found, mean: found === 0 ? 0 : round(total / found, 3), max };
}

function summaries(
  reports: readonly LoadReport[],
): Pick<BenchResult, "latencyMs" | "latencyMsByOperation"> {
  const all = new Latencies();
  const kinds = new Map<string, Latencies>();
  for (const { latencies } of reports) {
    for (const [kind, text] of Object.entries(latencies)) {
      const decoded = Latencies.decode(text);
      all.add(decoded);
      const known = kinds.get(kind);
      if (known === undefined) kinds.set(kind, decoded);
      else known.add(decoded);
    }
  }
  return {
    latencyMs: all.summary(),
    latencyMsByOperation: Object.fromEntries(
      [...kinds].map(([kind, latencies]) => [kind, latencies.summary()]),
    ),
  };
}

function mergeErrors(reports: readonly LoadReport[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const { errors } of reports) {
    for (const [kind, count] of Object.entries(errors)) merged[kind] = (merged[kind] ?? 0) + count;
  }
  return merged;
}

function sum(reports: readonly LoadReport[], of: (report: LoadReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
