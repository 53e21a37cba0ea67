import { readFileSync } from "node:fs";
import { type BenchPlan, type BenchResult, PLAN_DEFAULTS, runBench } from "@coterie/bench";
import { RealCluster } from "../../cluster/real-cluster.ts";
import { cpuSeconds } from "../../repair/cpu-time.ts";
import type { Point } from "./points.ts";

/** What a point showed. Times of operations and starts are milliseconds. */
export interface Measured {
  readonly loadPerSecond: number;
  readonly put: Figures;
  readonly get: Figures;
  /** Of the node that holds most, after the run. */
  readonly rssBytes: number;
  /** From a start to serving; after a stop that was asked for, and after SIGKILL that followed puts. */
  readonly startMs: { readonly stopped: number; readonly killed: number };
  /** CPU that the start after SIGKILL took, its first seconds of serving included. */
  readonly startCpuSeconds: number;
}

export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuUs: number;
  readonly errors: number;
  readonly firstError?: string;
  readonly rssBytesMax: number;
}

export interface Pace {
  readonly seconds: number;
  readonly warmupSeconds: number;
}

/** As long as a MiB may take with many of them in flight; what takes longer is an error in the table. */
const TIMEOUT_MS = 30_000;
/** One process would keep the contexts of all keys in one heap. */
const KEYS_A_PROCESS = 2_500_000;
/** What a node does right after its start, such as scanning rows, is counted as part of it. */
const AFTER_START_MS = 2_000;

/** Measures one point on a cluster of its own; nothing is left of it then. `say` is told how it goes. */
export async function measure(
  point: Point,
  pace: Pace,
  say: (text: string) => void,
): Promise<Measured> {
  say(`${point.nodes} nodes start`);
  const cluster = await RealCluster.start(point.nodes);
  const onSignal = (): void => {
    void cluster.stop().finally(() => process.exit(130));
  };
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    // In one process, so that each update carries the context of the load's write and reads nothing first.
    const put = await bench(cluster, point, pace, { workload: "put", load: true }, say);
    const get = await bench(cluster, point, pace, { workload: "get", load: false }, say);
    const rssBytes = Math.max(...cluster.nodes.map(({ id }) => rssOf(cluster.process(id).pid)));
    say("a node is stopped and started, then killed and started");
    const first = cluster.nodes[0]!.id;
    cluster.process(first).signal("SIGTERM");
    await cluster.process(first).finished;
    const stopped = await startMs(cluster, first);
    await cluster.settled();
    // Killed while its leaves are behind its rows: what they miss is scanned again by the next start.
    const short = { seconds: 1, warmupSeconds: 0 };
    await bench(cluster, point, short, { workload: "put", load: false }, () => {});
    await cluster.kill(first);
    const killed = await startMs(cluster, first);
    await new Promise((resolve) => setTimeout(resolve, AFTER_START_MS));
    const load = put.load!;
    return {
      loadPerSecond: load.records / load.seconds,
      put: figuresOf(put),
      get: figuresOf(get),
      rssBytes,
      startMs: { stopped, killed },
      startCpuSeconds: cpuSeconds(cluster.process(first).pid),
    };
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await cluster.stop();
  }
}

function bench(
  cluster: RealCluster,
  { keys, valueBytes, clients }: Point,
  pace: Pace,
  what: Pick<BenchPlan, "workload" | "load">,
  say: (text: string) => void,
): Promise<BenchResult> {
  const plan = {
    ...PLAN_DEFAULTS,
    ...pace,
    ...what,
    addresses: cluster.nodes.map(({ address }) => address),
    records: keys,
    fieldBytes: valueBytes,
    loop: { type: "closed", concurrency: clients },
    processes: Math.ceil(keys / KEYS_A_PROCESS),
    timeoutMs: TIMEOUT_MS,
  } as const;
  let said = 0;
  return runBench(plan, {
    onLoading: (records) => {
      if (records < said + keys / 10) return;
      said = records;
      say(`${Math.round((100 * records) / keys)} % loaded`);
    },
    onMeasuring: () => say(`${what.workload}s are measured`),
  });
}

function figuresOf(result: BenchResult): Figures {
  const { throughput, latencyMs, cpuUsPerOperation, errors, firstError, memory } = result;
  return {
    perSecond: throughput,
    p50: latencyMs.p50,
    p99: latencyMs.p99,
    cpuUs: cpuUsPerOperation.allNodes ?? Number.NaN,
    errors,
    ...(firstError === undefined ? {} : { firstError }),
    rssBytesMax: Math.max(...Object.values(memory.nodes)),
  };
}

async function startMs(cluster: RealCluster, id: string): Promise<number> {
  const beganMs = performance.now();
  await cluster.restart(id);
  return performance.now() - beganMs;
}

function rssOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1024;
}
