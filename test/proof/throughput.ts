// The proof `throughput`: three nodes at N=3, R=W=2, values of 100 bytes, an fsync before each acknowledgement, one
// load process, everything on this machine. Engine and skeleton run in turns, so that what else the machine does
// falls on both; each figure is the median of the turns. Where etcd is installed, three members of it take their turn,
// too. `--quick`: fewer keys, turns and seconds.
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import {
  type BenchPlan,
  type BenchResult,
  PLAN_DEFAULTS,
  runBench,
  runSkeleton,
  type WorkloadName,
} from "@coterie/bench";
import { median } from "../bench/median.ts";
import { textTable, thousands } from "../bench/text-table.ts";
import { RealCluster, temporaryDirectory } from "../cluster/real-cluster.ts";
import { EtcdTurns } from "./throughput/etcd-turns.ts";

interface Row {
  readonly workload: WorkloadName;
  readonly concurrency: number;
  /** Of the skeleton. */
  readonly shareMin: number;
  readonly perSecondMin?: number;
}

const isQuick = process.argv.includes("--quick");
const TURNS = isQuick ? 3 : 5;
const SECONDS = isQuick ? 1 : 6;
/** Before each turn. */
const WARMUP_SECONDS = isQuick ? 1 : 2;
/** Before the first turn of a row: a node goes on compiling what is hot for half a minute of its work (docs/performance.md). */
const ROW_WARMUP_SECONDS = isQuick ? 2 : 20;
const RECORDS = isQuick ? 10_000 : 100_000;
const ROWS: readonly Row[] = [
  { workload: "put", concurrency: 64, shareMin: 0.7 },
  { workload: "put", concurrency: 256, shareMin: 0.7 },
  { workload: "get", concurrency: 64, shareMin: 0.9, perSecondMin: 9_000 },
  { workload: "get", concurrency: 256, shareMin: 0.9 },
  { workload: "a", concurrency: 64, shareMin: 0.8 },
];
/** An open loop at half of the peak: its p99.9 stays below so many times its p50. */
const TAIL = 20;
const MISSED: string[] = [];

const directory = temporaryDirectory();
const skeletonDirectory = join(directory.path, "skeleton");
mkdirSync(skeletonDirectory);
const before = loadavg()[0]!;
const skeleton = await runSkeleton(skeletonDirectory);
const cluster = await RealCluster.start(3);
const engine = cluster.nodes.map(({ address }) => address);
const etcd = await EtcdTurns.start(directory.path, run);
try {
  for (const addresses of [engine, skeleton.addresses]) {
    // Both have every key, once, before anything is measured.
    await run(addresses, { workload: "get", load: true, seconds: 1, warmupSeconds: 0 });
  }
  await etcd?.load();
  const peak = await printTable();
  // What follows is about the engine alone.
  await etcd?.close();
  await printTail(peak);
  await printLww();
  if (MISSED.length > 0) console.log(`\nmissed: ${MISSED.join("; ")}`);
  else console.log("\nevery bound was met");
  const after = loadavg()[0]!;
  console.log(`load average ${before.toFixed(1)} before, ${after.toFixed(1)} after`);
} finally {
  await etcd?.close();
  await skeleton.close();
  await cluster.stop();
  directory.remove();
}
if (MISSED.length > 0) process.exitCode = 1;

function run(addresses: readonly string[], plan: Partial<BenchPlan>): Promise<BenchResult> {
  return runBench({
    ...PLAN_DEFAULTS,
    addresses,
    records: RECORDS,
    load: false,
    learn: plan.workload !== "get",
    seconds: SECONDS,
    warmupSeconds: WARMUP_SECONDS,
    ...plan,
  });
}

/** The table of engine and skeleton. Resolves to the engine's puts a second with 256 in flight. */
async function printTable(): Promise<number> {
  const lines: string[][] = [];
  let peak = 0;
  for (const { workload, concurrency, shareMin, perSecondMin = 0 } of ROWS) {
    const own: BenchResult[] = [];
    const bare: BenchResult[] = [];
    const loop = { type: "closed", concurrency } as const;
    console.error(`${workload}, ${concurrency} in flight, warming up`);
    for (const addresses of [engine, skeleton.addresses]) {
      await run(addresses, { workload, loop, seed: 1, seconds: ROW_WARMUP_SECONDS });
    }
    for (let turn = 0; turn < TURNS; turn++) {
      // Other keys in each turn, and the same for all who take it.
      const seed = 2 + turn;
      const plan = { workload, loop, seed } as const;
      console.error(`${workload}, ${concurrency} in flight, turn ${turn + 1} of ${TURNS}`);
      const takeTurns = [
        async () => own.push(await run(engine, plan)),
        async () => bare.push(await run(skeleton.addresses, plan)),
      ];
      // Who goes first finds the machine as etcd has left it.
      for (const take of turn % 2 === 0 ? takeTurns : takeTurns.toReversed()) await take();
      await etcd?.take(plan, own.at(-1)!);
    }
    const failed = own.reduce((sum, { errors }) => sum + errors, 0);
    const rate = median(own.map(({ throughput }) => throughput));
    const share = median(own.map((each, turn) => each.throughput / bare[turn]!.throughput));
    const cpu = (results: BenchResult[]): number =>
      median(results.map(({ cpuUsPerOperation }) => cpuUsPerOperation.allNodes ?? Number.NaN));
    const name = `${workload}, ${concurrency} in flight`;
    if (share < shareMin) MISSED.push(`${name}: ${percent(share)} of the skeleton`);
    if (rate < perSecondMin) MISSED.push(`${name}: ${thousands(rate)}/s`);
    if (failed > 0) MISSED.push(`${name}: ${failed} operations failed`);
    if (workload === "put") peak = Math.max(peak, rate);
    lines.push([
      name,
      thousands(rate),
      thousands(median(bare.map(({ throughput }) => throughput))),
      `${percent(share)} (≥ ${percent(shareMin)})`,
      median(own.map(({ latencyMs }) => latencyMs.p50)).toFixed(1),
      median(own.map(({ latencyMs }) => latencyMs.p99)).toFixed(1),
      cpu(own).toFixed(0),
      cpu(bare).toFixed(0),
      median(own.map(({ siblings }) => siblings.mean)).toFixed(2),
    ]);
  }
  console.log(
    textTable(
      [
        ...["", "engine/s", "skeleton/s", "share", "p50 ms", "p99 ms"],
        ...["node CPU µs/op", "skeleton's", "siblings"],
      ],
      lines,
    ),
  );
  console.log(`\n${etcd?.table() ?? EtcdTurns.absent}`);
  return peak;
}

async function printTail(peak: number): Promise<void> {
  const perSecond = Math.max(1, Math.round(peak / 2));
  const result = await run(engine, {
    workload: "put",
    loop: { type: "open", perSecond },
    seconds: 2 * SECONDS,
  });
  const { p50, p99, p999, max } = result.latencyMs;
  console.log(
    `\nopen loop of puts at half the peak (${thousands(perSecond)}/s): p50 ${p50} ms, p99 ${p99}, p99.9 ${p999}, max ${max}: p99.9 is ${(p999 / p50).toFixed(1)} times p50 (< ${TAIL}); ${errorsOf(result)}`,
  );
  if (p999 >= TAIL * p50) MISSED.push(`p99.9 is ${(p999 / p50).toFixed(1)} times p50`);
  if (result.errors > 0) MISSED.push(`open loop: ${result.errors} operations failed`);
}

async function printLww(): Promise<void> {
  const lww = { mode: "lww", bucket: "lww", load: true } as const;
  const { throughput, latencyMs, siblings } = await run(engine, { ...lww, workload: "a" });
  console.log(
    `YCSB A on an lww bucket, 64 in flight: ${thousands(throughput)}/s, p99 ${latencyMs.p99} ms, siblings ${siblings.mean}`,
  );
}

function errorsOf({ errors, errorsByKind }: BenchResult): string {
  const kinds = Object.entries(errorsByKind).map(([kind, count]) => `${count} ${kind}`);
  return errors === 0 ? "no errors" : `errors: ${kinds.join(", ")}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
