// The proof `rest`: what a million keys on three real nodes cost while nobody asks anything and nothing is to be
// repaired. CPU by the kernel's count, with comparison and collection off, and with both far more often than by default.
import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@coterie/client";
import { eventually } from "../cluster/eventually.ts";
import { RealCluster } from "../cluster/real-cluster.ts";
import { cpuSeconds } from "../repair/cpu-time.ts";

const KEYS = process.argv.includes("--quick") ? 100_000 : 1_000_000;
const VALUE = "x".repeat(100);
const WRITERS = 256;
const MEASURED_S = 120;
/** By default; and here, so that several rounds of each are measured. */
const INTERVAL_S = 600;
const OFTEN_S = 30;
const NEVER_S = 86_400;
/** A first pass of the scrub reads 256 rows in 250 ms; later ones take a day. */
const FIRST_PASS_S = (KEYS / 256) * 0.25;
const SETTLE_MS = 1_800_000;

interface Told {
  readonly rows: number;
  readonly suspectRows: number;
  readonly recoveringPartitions: number;
}

const progress = (line: string): void => console.error(line);
const percent = (share: number): string => `${(100 * share).toFixed(3)} %`;

function every(seconds: number): string[] {
  const collection = ["--collect-interval-ms", String(1_000 * seconds)];
  return ["--repair-interval-s", String(seconds), ...collection];
}

async function load(): Promise<void> {
  await using store = await connect(cluster.addresses.split(","));
  const bucket = store.bucket<string>("resting");
  const keys = Array(KEYS).keys();
  const writer = async (): Promise<void> => {
    for (const key of keys) {
      await bucket.put(`key-${key}`, VALUE, "unseen", { level: "all", timeoutMs: 30_000 });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

/** Every row is at every node, and each knows its leaves: nothing is left to do. */
async function settled(): Promise<void> {
  await eventually(async () => {
    const { code, stdout, stderr } = await cluster.run(["status", "--json"]);
    deepStrictEqual(code, 0, stderr);
    const { nodes } = JSON.parse(stdout) as { nodes: Told[] };
    const told = nodes.map(({ rows, suspectRows, recoveringPartitions }) => ({
      rows,
      toHeal: suspectRows + recoveringPartitions,
    }));
    deepStrictEqual(told, Array(3).fill({ rows: KEYS, toHeal: 0 }));
  }, SETTLE_MS);
  const { code, stdout, stderr } = await cluster.run(["repair", "--json"]);
  deepStrictEqual(code, 0, stderr);
  const { nodes } = JSON.parse(stdout) as { nodes: { differed: number; failed: number }[] };
  for (const { differed, failed } of nodes) {
    deepStrictEqual({ differed, failed }, { differed: 0, failed: 0 });
  }
}

/** Of a core, by the busiest of the nodes. */
async function shareOfCore(): Promise<number> {
  const pids = cluster.nodes.map(({ id }) => cluster.process(id).pid);
  const before = pids.map(cpuSeconds);
  const begunMs = performance.now();
  await sleep(1_000 * MEASURED_S);
  const seconds = (performance.now() - begunMs) / 1_000;
  return Math.max(...pids.map((pid, i) => (cpuSeconds(pid) - before[i]!) / seconds));
}

async function restarted(options: readonly string[]): Promise<void> {
  cluster.options = options;
  for (const { id } of cluster.nodes) {
    const ended = cluster.process(id);
    ended.signal("SIGTERM");
    await ended.finished;
    await cluster.restart(id);
  }
  await cluster.settled();
  await settled();
  await sleep(5_000);
}

const cluster = await RealCluster.start(3, every(NEVER_S));
try {
  progress(`writing ${KEYS} keys to three nodes`);
  await load();
  await restarted(every(NEVER_S));
  progress(`at rest for ${MEASURED_S} s, without comparison and collection`);
  const without = await shareOfCore();
  await restarted(every(OFTEN_S));
  progress(`at rest for ${MEASURED_S} s, both every ${OFTEN_S} s`);
  const often = await shareOfCore();
  const byDefault = (Math.max(0, often - without) * OFTEN_S) / INTERVAL_S;
  const scrub = (without * FIRST_PASS_S) / 86_400;
  const share = byDefault + scrub;
  console.log(
    `${KEYS} keys of ${VALUE.length} bytes on each of three nodes, the busiest of which uses of a core, over ${MEASURED_S} s each:`,
  );
  console.log(
    `- ${percent(without)} with comparison and collection off: sessions, membership, and the scrub's first pass after a start`,
  );
  console.log(`- ${percent(often)} with both every ${OFTEN_S} s`);
  console.log(
    `which makes ${percent(byDefault)} for both every ${INTERVAL_S} s, as by default, and at most ${percent(scrub)} for a scrub of all rows a day`,
  );
  const holds = share < 0.01;
  console.log(
    `- ${holds ? "holds" : "**FAILS**"}: at rest anti-entropy costs ${percent(share)} of a core, less than 1 %`,
  );
  if (!holds) process.exitCode = 1;
} finally {
  await cluster.stop();
}
