// The proof `anti-entropy`: what it costs to heal a deleted database and a hundred rotten rows among 200,000, and
// what comparing costs when there is nothing to repair. Three real nodes, bytes by the kernel's count.
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../cluster/eventually.ts";
import { cpuSeconds } from "../repair/cpu-time.ts";
import { RepairCluster } from "../repair/repair-cluster.ts";
import { receivedBytes } from "../repair/socket-bytes.ts";

const KEYS = 200_000;
const DAMAGED = 100;
const IDLE_MS = 30_000;
const COMPARISONS = 20;
const HEAL_MS = 1_200_000;

const progress = (line: string): void => console.error(line);
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
const failures: string[] = [];

function judge(what: string, holds: boolean): void {
  console.log(`- ${holds ? "holds" : "**FAILS**"}: ${what}`);
  if (!holds) failures.push(what);
}

function received(pid: number): number {
  const bytes = receivedBytes(pid);
  if (bytes === undefined) throw new Error("this proof counts bytes with `ss`, of iproute2");
  return bytes;
}

progress(`writing ${KEYS} keys to three nodes`);
const replicas = await RepairCluster.start(KEYS);
const { cluster, encodedBytes } = replicas;
try {
  await wiped();
  await rotten();
  await atRest();
} finally {
  await replicas.stop();
}
if (failures.length > 0) process.exitCode = 1;

async function wiped(): Promise<void> {
  progress("deleting the database of n3");
  await replicas.end("n3");
  replicas.wipe("n3");
  const begunMs = performance.now();
  await cluster.restart("n3");
  await eventually(async () => {
    const { recoveringPartitions, rows } = await replicas.status("n3");
    if (recoveringPartitions > 0)
      throw new Error(`${recoveringPartitions} partitions, ${rows} rows`);
    if (rows !== KEYS) throw new Error(`${rows} rows`);
  }, HEAL_MS);
  const seconds = (performance.now() - begunMs) / 1000;
  const bytes = received(cluster.process("n3").pid);
  const ratio = bytes / encodedBytes;
  const [node] = await replicas.repair("--node", "n3");
  console.log(
    `${KEYS} keys of 100 bytes, ${kilobytes(encodedBytes)} encoded, on each of three nodes; the database of one deleted: whole again after ${seconds.toFixed(0)} s, having received ${kilobytes(bytes)} in all, heartbeats and framing included`,
  );
  judge(`${ratio.toFixed(2)} times the encoded rows, at most 1.3`, ratio <= 1.3);
  judge("its leaves are those of the others afterwards", node?.differed === 0 && node.failed === 0);
}

async function rotten(): Promise<void> {
  progress(`damaging ${DAMAGED} rows of n2`);
  const keys = Array.from(
    { length: DAMAGED },
    (_, i) => replicas.keys[Math.floor((i * KEYS) / DAMAGED)]!,
  );
  await replicas.end("n2");
  replicas.rot("n2", keys);
  await cluster.restart("n2");
  const startedMs = performance.now();
  await eventually(async () => {
    const { suspectRows } = await replicas.status("n2");
    if (suspectRows !== DAMAGED) throw new Error(`${suspectRows} damaged rows found`);
  }, HEAL_MS);
  const foundSeconds = (performance.now() - startedMs) / 1000;
  const { pid } = cluster.process("n2");
  const idle = await idleBytes(pid);
  const before = { bytes: received(pid), ms: performance.now() };
  const [node] = await replicas.repair("--node", "n2");
  await eventually(async () => {
    const { suspectRows, recoveringPartitions } = await replicas.status("n2");
    if (suspectRows + recoveringPartitions > 0) throw new Error(`${suspectRows} rows left`);
  }, HEAL_MS);
  const bytes = received(pid) - before.bytes;
  const quiet = idle * (performance.now() - before.ms);
  const beyond = bytes - quiet - (encodedBytes / KEYS) * DAMAGED;
  console.log(
    `\n${DAMAGED} rows of another node damaged in its file: found by the scrub after ${foundSeconds.toFixed(0)} s, repaired (${node?.pulled} rows fetched, ${node?.differed} trees differed); received ${kilobytes(bytes)}, of which ${kilobytes(quiet)} are what it receives in that time anyway (heartbeats, membership)`,
  );
  judge(`${kilobytes(beyond)} beyond the keys themselves, less than 100 KB`, beyond < 100_000);
  const [again] = await replicas.repair("--node", "n2");
  judge(
    "its leaves are those of the others afterwards",
    again?.differed === 0 && again.failed === 0,
  );
}

/** Bytes of a millisecond in which nothing is asked. */
async function idleBytes(pid: number): Promise<number> {
  const before = received(pid);
  await sleep(10_000);
  return (received(pid) - before) / 10_000;
}

async function atRest(): Promise<void> {
  progress("measuring at rest");
  const pids = cluster.nodes.map(({ id }) => cluster.process(id).pid);
  const used = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) / pids.length;
  const idleBefore = used();
  await sleep(IDLE_MS);
  const idleShare = (used() - idleBefore) / (IDLE_MS / 1000);
  const before = used();
  const begunMs = performance.now();
  for (let i = 0; i < COMPARISONS; i++) await replicas.repair();
  const seconds = (performance.now() - begunMs) / 1000;
  const each = (used() - before - idleShare * seconds) / COMPARISONS;
  const share = each / 600;
  console.log(
    `\nNothing to repair: a comparison of everything costs a node ${(1000 * each).toFixed(0)} ms of CPU, the command that asks for it included; every 600 s that is ${(100 * share).toFixed(3)} % of a core. A node that nobody asks anything uses ${(100 * idleShare).toFixed(1)} % for all it does (sessions, membership, the first pass of its scrub)`,
  );
  judge("comparing at rest costs less than 1 % of a core", share < 0.01);
}
