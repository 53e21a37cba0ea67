// The proof `overload`: three nodes at N=3, R=W=2 are offered three times the puts that they can do, by an open loop
// whose calls have a second each. A generator of so much load takes CPU from the nodes, so the peak it is compared with
// is measured, in turns, while a process that does nothing else burns as much. `--quick`: fewer turns and seconds.
import { type ChildProcess, spawn } from "node:child_process";
import { loadavg } from "node:os";
import { type BenchPlan, type BenchResult, PLAN_DEFAULTS, runBench } from "@coterie/bench";
import { textTable, thousands } from "../bench/text-table.ts";
import { RealCluster } from "../cluster/real-cluster.ts";

const isQuick = process.argv.includes("--quick");
const TURNS = isQuick ? 1 : 3;
const SECONDS = isQuick ? 4 : 8;
const RECORDS = isQuick ? 30_000 : 100_000;
const PEAK_CONCURRENCY = 256;
const CLIENTS = 1_024;
const OVERLOAD = 3;
const TIMEOUT_MS = 1_000;
const GOODPUT_MIN = 0.7;
const MEMORY_MIB_MAX = 512;
const MISSED: string[] = [];

const before = loadavg()[0]!;
const cluster = await RealCluster.start(3);
let burner: ChildProcess | undefined;
try {
  await run({ load: true, warmupSeconds: 1 });
  const { throughput: peak } = await run({});
  console.error(`peak: ${thousands(peak)} puts/s`);
  await honest("before");
  await printTurns(peak);
  await honest("after");
  console.log(MISSED.length > 0 ? `\nmissed: ${MISSED.join("; ")}` : "\nevery bound was met");
  console.log(`load average ${before.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after`);
} finally {
  burner?.kill("SIGKILL");
  await cluster.stop();
}
if (MISSED.length > 0) process.exitCode = 1;

function run(plan: Partial<BenchPlan>): Promise<BenchResult> {
  return runBench({
    ...PLAN_DEFAULTS,
    addresses: cluster.nodes.map(({ address }) => address),
    workload: "put",
    loop: { type: "closed", concurrency: PEAK_CONCURRENCY },
    records: RECORDS,
    load: false,
    learn: true,
    seconds: SECONDS,
    warmupSeconds: 2,
    ...plan,
  });
}

/** Clients that each wait for their answer are no overload, however many they are. */
async function honest(when: string): Promise<void> {
  const result = await run({ loop: { type: "closed", concurrency: CLIENTS } });
  console.log(
    `${thousands(CLIENTS)} clients in a closed loop, ${when} the overload: ${thousands(result.throughput)} puts/s, p99 ${result.latencyMs.p99} ms, ${errorsOf(result)}, nodes hold ${memoryOf(result).join(", ")} MiB`,
  );
  if (result.errors > 0) MISSED.push(`${CLIENTS} clients: ${result.errors} failed`);
}

async function printTurns(peak: number): Promise<void> {
  const lines: string[][] = [];
  for (let turn = 1; turn <= TURNS; turn++) {
    console.error(`turn ${turn} of ${TURNS}`);
    const over = await run({
      loop: { type: "open", perSecond: Math.round(OVERLOAD * peak) },
      timeoutMs: TIMEOUT_MS,
      callsMax: 50_000,
    });
    const idle = await run({});
    const surplus = Math.max(0, coresOf(over) - coresOf(idle));
    const burnt = await whileBurning(surplus, () => run({}));
    const share = over.throughput / burnt.throughput;
    const memory = memoryOf(over);
    const others = over.errors - (over.errorsByKind["OVERLOADED"] ?? 0);
    lines.push([
      thousands(idle.throughput),
      `${surplus.toFixed(2)} cores`,
      thousands(burnt.throughput),
      thousands(Math.round(OVERLOAD * peak)),
      thousands(over.throughput),
      `${Math.round(100 * share)} % (≥ ${100 * GOODPUT_MIN} %)`,
      `${over.latencyMs.p50} / ${over.latencyMs.p99}`,
      errorsOf(over),
      memory.join(", "),
    ]);
    if (over.firstError !== undefined) console.error(`the first error: ${over.firstError}`);
    if (share < GOODPUT_MIN) MISSED.push(`turn ${turn}: goodput ${Math.round(100 * share)} %`);
    if (others > 0) MISSED.push(`turn ${turn}: ${others} calls too many were not refused as such`);
    if (Math.max(...memory) > MEMORY_MIB_MAX) MISSED.push(`turn ${turn}: ${memory} MiB`);
  }
  console.log();
  console.log(
    textTable(
      [
        ...["peak/s", "generator's surplus", "peak beside as much burning", "offered/s", "done/s"],
        ...["share", "p50 / p99 ms of what is done", "not done", "MiB of the nodes"],
      ],
      lines,
    ),
  );
}

/** Processors that the load process kept busy. */
function coresOf({ cpuUsPerOperation, operations, seconds }: BenchResult): number {
  return (cpuUsPerOperation.load * operations) / (seconds * 1e6);
}

/** Keeps a process at so much of a processor: behind its due, it catches up, as a generator of load does. */
async function whileBurning<T>(cores: number, work: () => Promise<T>): Promise<T> {
  const script = `const start = performance.now();
    const turn = () => {
      const dueUs = ${cores} * 1000 * (performance.now() - start);
      const untilMs = performance.now() + 5;
      const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
      while (used() < dueUs && performance.now() < untilMs);
      setTimeout(turn, 1);
    };
    turn();`;
  burner = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
  try {
    return await work();
  } finally {
    burner.kill("SIGKILL");
    burner = undefined;
  }
}

function errorsOf({ errors, errorsByKind }: BenchResult): string {
  const kinds = Object.entries(errorsByKind).map(([kind, count]) => `${count} ${kind}`);
  return errors === 0 ? "no errors" : kinds.join(", ");
}

function memoryOf({ memory }: BenchResult): number[] {
  return Object.values(memory.nodes).map((bytes) => Math.round(bytes / 2 ** 20));
}
