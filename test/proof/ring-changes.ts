// The proof `ring-changes`: real processes under a constant strict load grow from 3 to 6 owners, one of them is
// killed and replaced, and they shrink to 3 again. RATE=n calls a second, KEYS=n written before.
import { connect, type SiblingBucket } from "@coterie/client";
import { eventually } from "../cluster/eventually.ts";
import { RealCluster } from "../cluster/real-cluster.ts";
import { type LoadCall, StoreLoad } from "../cluster/store-load.ts";
import { quantileMs } from "../failures/steady-load.ts";

const RATE = Number(process.env["RATE"] ?? 60);
const KEYS = Number(process.env["KEYS"] ?? 5_000);
const PARTITIONS = 512;
/** Of a call, retries included. */
const DEADLINE_MS = 10_000;
const CHANGE_MS = 1_200_000;

interface Placement {
  readonly moved: number;
  readonly minimum: number;
  readonly fullest: { readonly node: string; readonly holds: number; readonly cap: number };
}

const progress = (line: string): void => console.error(line);
const failures: string[] = [];

function judge(what: string, holds: boolean): void {
  console.log(`- ${holds ? "holds" : "**FAILS**"}: ${what}`);
  if (!holds) failures.push(what);
}

progress("seven nodes, of which three own everything");
const cluster = await RealCluster.start(7, ["--partitions", String(PARTITIONS)], 3);
try {
  await using store = await connect(cluster.addresses, { timeoutMs: DEADLINE_MS });
  const bucket = store.bucket<string>("before");
  const before = Array.from({ length: KEYS }, (_, i) => ({
    key: `key ${i}`,
    value: `value ${i}`,
    basis: "unseen" as const,
  }));
  await bucket.putMany(before);
  const load = new StoreLoad(store, "during", RATE);
  console.log(
    "| change | seconds | moved / minimum | fullest / cap | calls | p50 ms | p99 ms | slowest ms |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  await changed(load, "join n4 n5 n6");
  await cluster.kill("n2");
  await eventually(async () => {
    const { stdout } = await cluster.run(["status", "--json"]);
    const nodes: { id: string; state: string }[] = JSON.parse(stdout).nodes;
    if (nodes.find(({ id }) => id === "n2")?.state !== "dead")
      throw new Error("n2 is not dead yet");
  }, 60_000);
  await changed(load, "replace n2 n7");
  await changed(load, "leave n4 n5 n6");
  await load.stop();
  console.log();
  report(load);
  await held(bucket, before);
} finally {
  await cluster.stop();
}
if (failures.length > 0) process.exitCode = 1;

/** Orders a change, waits until it is over and nobody holds what it gave up, and tells of it. */
async function changed(load: StoreLoad, words: string): Promise<void> {
  progress(words);
  const begunMs = performance.now();
  const already = load.calls.length;
  const args = ["ring", ...words.split(" "), "--json", "--timeout-ms", String(CHANGE_MS)];
  const { code, stdout, stderr } = await cluster.run(args);
  if (code !== 0) throw new Error(`${words}: ${stderr}`);
  const seconds = (performance.now() - begunMs) / 1000;
  const [{ moved, minimum, fullest }] = JSON.parse(stdout.split("\n")[0]!).plan.placements as [
    Placement,
  ];
  const calls = load.calls.slice(already);
  const ratio = (moved / minimum).toFixed(2);
  console.log(
    `| ${words} | ${seconds.toFixed(0)} | ${moved} / ${minimum} = ${ratio} | ${fullest.node} ${fullest.holds} / ${fullest.cap} | ${latencies(calls)} |`,
  );
  judge(`${words}: moves at most 1.2 times the minimum`, moved <= 1.2 * minimum);
  judge(`${words}: nobody exceeds its cap`, fullest.holds <= fullest.cap);
}

function latencies(calls: readonly LoadCall[]): string {
  const took = calls.map(({ tookMs }) => tookMs);
  const slowest = took.reduce((most, each) => Math.max(most, each), 0);
  const quantiles = [0.5, 0.99].map((q) => quantileMs(calls, q).toFixed(0));
  return [calls.length, ...quantiles, slowest.toFixed(0)].join(" | ");
}

function report({ calls, failures: failed, misses, acknowledged }: StoreLoad): void {
  for (const error of failed.slice(0, 5)) console.log(`    ${String(error)}`);
  for (const miss of misses.slice(0, 5)) console.log(`    ${miss}`);
  judge(`no call of ${calls.length} fails (${failed.length} did)`, failed.length === 0);
  const slowest = calls.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
  judge(`the slowest stays within its deadline of ${DEADLINE_MS} ms`, slowest <= DEADLINE_MS);
  judge(
    `each of ${acknowledged.size} acknowledged writes is found by every read (${misses.length} misses)`,
    misses.length === 0,
  );
}

/** What was written before the first change is there after the last, and its owners are the three that are left. */
async function held(
  bucket: SiblingBucket<string>,
  before: readonly { readonly key: string }[],
): Promise<void> {
  const reads = await bucket.getMany(before.map(({ key }) => key));
  const found = [...reads.values()].filter(({ kind }) => kind === "value").length;
  judge(`${found} of ${before.length} keys from before are there`, found === before.length);
  const { stdout } = await cluster.run(["ring", "--json"]);
  const owners = JSON.parse(stdout).owners.map(({ id }: { id: string }) => id);
  judge(`the owners are ${owners.join(", ")}`, owners.join() === "n1,n3,n7");
}
