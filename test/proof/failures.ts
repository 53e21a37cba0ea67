// The proof `failures`: five real processes under a constant load through the SDK, harmed in four ways, one after
// the other. SECONDS=n shortens each phase, to try the proof itself.
import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Store } from "@coterie/client";
import { FaultyCluster } from "../failures/faulty-cluster.ts";
import { hintsDrained, missingCopies } from "../failures/on-all-primaries.ts";
import { quantileMs, SteadyLoad, type Timed } from "../failures/steady-load.ts";

const CALLS_PER_SECOND = 100;
const HEALTHY_S = Number(process.env["SECONDS"] ?? 20);
const FAULT_S = Number(process.env["SECONDS"] ?? 30);
/** From here on no call may fail, and from there on latency is judged. */
const GRACE_MS = 2_000;
const SETTLED_MS = 5_000;
/** Healthy spans of one run that differ more than this say that the machine is too busy to judge latency by. */
const NOISE = 2;
const DRAIN_MS = 120_000;
const WINDOW_MS = 5_000;

interface Fault {
  readonly name: string;
  readonly node: string;
  readonly harm: () => unknown;
  readonly heal: () => unknown;
}

interface Row {
  readonly fault: Fault;
  readonly healthy: readonly Timed[];
  readonly early: readonly Timed[];
  readonly late: readonly Timed[];
  readonly settled: readonly Timed[];
  readonly drainedS: number;
  readonly writes: number;
  readonly missing: readonly string[];
  readonly failures: readonly Timed[];
  readonly leftOut: number;
  readonly clientLagMs: number;
}

const faulty = await FaultyCluster.start(5, true);
const { cluster } = faulty;
const signal = (id: string, name: NodeJS.Signals) => cluster.process(id).signal(name);
const faults: readonly Fault[] = [
  {
    name: "SIGKILL",
    node: "n2",
    harm: () => cluster.kill("n2"),
    heal: () => cluster.restart("n2"),
  },
  {
    name: "SIGSTOP, SIGCONT",
    node: "n3",
    harm: () => signal("n3", "SIGSTOP"),
    heal: () => signal("n3", "SIGCONT"),
  },
  {
    name: "cut off",
    node: "n4",
    harm: () => faulty.cut("n4"),
    heal: () => faulty.mend("n4"),
  },
  {
    name: "500 ms an answer",
    node: "n5",
    harm: () => faulty.slow("n5", 500),
    heal: () => faulty.slow("n5", 0),
  },
];

const rows: Row[] = [];
try {
  const store = await connect(cluster.addresses, { timeoutMs: 5_000 });
  await warmUp(store);
  for (const fault of faults) {
    console.error(`${fault.name} of ${fault.node}`);
    rows.push(await suffer(store, fault));
  }
  store.close();
} finally {
  await faulty.stop();
}
process.exitCode = report() ? 0 : 1;

/** Compilers, connections and caches settle before anything is timed. */
async function warmUp(store: Store): Promise<void> {
  const load = new SteadyLoad(store, "proof", CALLS_PER_SECOND);
  await sleep(HEALTHY_S * 500);
  await load.stop();
}

async function suffer(store: Store, fault: Fault): Promise<Row> {
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const load = new SteadyLoad(store, "proof", CALLS_PER_SECOND);
  const beganMs = performance.now();
  await sleep(HEALTHY_S * 1_000);
  const faultMs = performance.now();
  await fault.harm();
  await sleep(faultMs + FAULT_S * 1_000 - performance.now());
  const healMs = performance.now();
  await fault.heal();
  await cluster.settled();
  await load.stop();
  const drainedS = await hintsDrained(cluster, DRAIN_MS);
  const missing = await missingCopies(cluster, load.bucket, load.acknowledged.keys());
  const failures = load.calls.filter(({ error }) => error !== undefined);
  for (const { error, dueMs } of failures) {
    console.error(`${Math.round(dueMs - faultMs)} ms after the fault: ${error}`);
  }
  return {
    fault,
    healthy: load.between(beganMs, faultMs),
    early: load.between(faultMs, faultMs + GRACE_MS),
    late: load.between(faultMs + GRACE_MS, Number.POSITIVE_INFINITY),
    settled: load.between(faultMs + SETTLED_MS, healMs),
    drainedS,
    writes: load.acknowledged.size,
    missing,
    failures,
    leftOut: load.leftOut,
    clientLagMs: lag.percentile(99) / 1e6,
  };
}

function report(): boolean {
  const healthyMs = rows.map(({ healthy }) => typicalP99Ms(healthy));
  const isNoisy = Math.max(...healthyMs) > NOISE * Math.min(...healthyMs);
  const failed = (calls: readonly Timed[]) =>
    calls.filter(({ error }) => error !== undefined).length;
  console.log(
    `Five nodes, N=3, sloppy R=W=2, ${CALLS_PER_SECOND} calls/s through the SDK, puts and gets in turn; latency counts
from the moment a call was due. Healthy: the ${HEALTHY_S} s before the fault. The fault stands for ${FAULT_S} s.
p99 is the median over spans of ${WINDOW_MS / 1_000} s, so that a moment in which the machine did something else counts once.
"Cut off" is done by ${faulty.cutBy}, "500 ms an answer" by a proxy before the node.
`,
  );
  table([
    [
      "fault",
      "calls",
      "failed in 2 s",
      "failed later",
      "healthy p50",
      "p99",
      "0-5 s max",
      "5 s on: p50",
      "p99",
      "ratio",
    ],
    ...rows.map(({ fault, healthy, early, late, settled }) => [
      `${fault.name} (${fault.node})`,
      String(healthy.length + early.length + late.length),
      String(failed(early)),
      String(failed(late)),
      ms(quantileMs(healthy, 0.5)),
      ms(typicalP99Ms(healthy)),
      ms(Math.max(quantileMs(early, 1), quantileMs(late.slice(0, 3 * CALLS_PER_SECOND), 1))),
      ms(quantileMs(settled, 0.5)),
      ms(typicalP99Ms(settled)),
      `× ${(typicalP99Ms(settled) / typicalP99Ms(healthy)).toFixed(2)}`,
    ]),
  ]);
  console.log("\nAfter healing:\n");
  table([
    [
      "fault",
      "acknowledged writes",
      "hints gone after",
      "copies missing on primaries",
      "client's own lag p99",
    ],
    ...rows.map(({ fault, writes, drainedS, missing, clientLagMs }) => [
      fault.name,
      String(writes),
      `${drainedS.toFixed(1)} s`,
      String(missing.length),
      ms(clientLagMs),
    ]),
  ]);
  const isWhole = rows.every(({ late, missing }) => failed(late) === 0 && missing.length === 0);
  const isQuick = rows.every(({ settled }, i) => typicalP99Ms(settled) < 2 * healthyMs[i]!);
  console.log(`
No call fails from 2 s after each fault, and every acknowledged write is on all its primaries: ${isWhole ? "yes" : "NO"}.
From 5 s after each fault p99 is below twice its healthy value: ${isQuick ? "yes" : "NO"}.`);
  if (isNoisy) {
    const span = `${ms(Math.min(...healthyMs))} to ${ms(Math.max(...healthyMs))}`;
    console.log(
      `The healthy p99 alone went from ${span} in this run (load average ${loadavg()[0]!.toFixed(1)}): the machine was too
busy with other things for the p99 of these few calls to mean much. Run it again on a quiet one.`,
    );
  }
  return isWhole && isQuick;
}

function typicalP99Ms(calls: readonly Timed[]): number {
  const fromMs = calls.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.MAX_VALUE);
  const spans: Timed[][] = [];
  for (const call of calls) {
    const span = Math.floor((call.dueMs - fromMs) / WINDOW_MS);
    spans[span] ??= [];
    spans[span].push(call);
  }
  const each = spans.map((span) => quantileMs(span, 0.99)).sort((x, y) => x - y);
  return each[Math.floor(each.length / 2)] ?? 0;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function table(lines: readonly (readonly string[])[]): void {
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    console.log(cells.join("  ").trimEnd());
  }
}
