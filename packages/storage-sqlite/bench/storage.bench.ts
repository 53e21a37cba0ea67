// How much of what SQLite can do on this disk reaches those who write through a shard's mailbox. The two are
// measured in turns, because disks and neighbours change from minute to minute. `pnpm build`, `pnpm bench`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShards, SqliteStore } from "@coterie/storage-sqlite";
import { anyRow, fill, median, percentile, put, rows } from "./workload.ts";

const ROUNDS = 5;
const ROUND_MS = 1500;
const BATCHES = [1, 8, 64, 256];
const WRITERS = [64, 256];

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "coterie-bench-"));
const store = SqliteStore.open(join(directory, "raw.sqlite"));
const shards = await openShards({ directory: join(directory, "shards"), shards: 1 });
const shard = shards.mailboxes[0]!;

/** Rows per second by the transaction port alone, so many to a transaction. */
function raw(batch: number): number {
  const begunMs = performance.now();
  let written = 0;
  while (performance.now() - begunMs < ROUND_MS) {
    const transaction = store.begin();
    for (let i = 0; i < batch; i++) {
      const value = new Uint8Array(200);
      value[written & 127] = 1 + ((written >> 7) & 127);
      value[150] = Math.random() * 256;
      transaction.put("rows", rows[anyRow()]!, value);
      written++;
    }
    transaction.commit();
  }
  return (written * 1000) / (performance.now() - begunMs);
}

interface Measured {
  readonly writes: number;
  readonly commits: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the thread of the event loop, the writers themselves included. */
  readonly loopCpuUs: number;
}

/** Microseconds of CPU that this thread has used; Linux tells. */
function loopCpuUs(): number {
  try {
    const nanoseconds = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1");
    return Number.parseInt(nanoseconds, 10) / 1000;
  } catch {
    return Number.NaN;
  }
}

/** So many writers, each of whom waits until its put is durable before the next. */
async function mailbox(writers: number): Promise<Measured> {
  const before = (await shard.stats()).storage!.commits;
  const cpuBefore = loopCpuUs();
  const latencies: number[] = [];
  const begunMs = performance.now();
  const writer = async (): Promise<void> => {
    while (performance.now() - begunMs < ROUND_MS) {
      const sentMs = performance.now();
      await put(shard, anyRow());
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const seconds = (performance.now() - begunMs) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  return {
    writes: latencies.length / seconds,
    commits: ((await shard.stats()).storage!.commits - before) / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    loopCpuUs: (loopCpuUs() - cpuBefore) / latencies.length,
  };
}

await fill(shard);
for (let i = 0; i < rows.length; i += 2000) {
  const transaction = store.begin();
  for (const row of rows.slice(i, i + 2000)) transaction.put("rows", row, new Uint8Array(200));
  transaction.commit();
}
const raws = new Map<number, number[]>(BATCHES.map((batch) => [batch, []]));
const mailboxes = new Map<number, Measured[]>(WRITERS.map((writers) => [writers, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const batch of BATCHES) {
    const measured = raw(batch);
    if (round >= 0) raws.get(batch)!.push(measured);
    if (!WRITERS.includes(batch)) continue;
    const through = await mailbox(batch);
    if (round >= 0) mailboxes.get(batch)!.push(through);
  }
}
const round = (value: number): string => Math.round(value).toLocaleString("en");
console.log(`${rows.length} rows, median of ${ROUNDS} rounds`);
for (const [batch, measured] of raws) {
  const spread = `${round(Math.min(...measured))} to ${round(Math.max(...measured))}`;
  console.log(`raw, ${batch} rows a transaction: ${round(median(measured))} rows/s (${spread})`);
}
for (const [writers, measured] of mailboxes) {
  const of = (field: keyof Measured): number => median(measured.map((each) => each[field]));
  const share = median(measured.map((each, i) => each.writes / raws.get(writers)![i]!));
  console.log(
    `mailbox, ${writers} writers: ${round(of("writes"))} writes/s (${Math.round(100 * share)} % of raw), ` +
      `${round(of("commits"))} commits/s, p50 ${of("p50").toFixed(1)} ms, p99 ${of("p99").toFixed(1)} ms, ` +
      `event loop ${of("loopCpuUs").toFixed(1)} µs CPU a write`,
  );
}
store.close();
await shards.close();
rmSync(directory, { recursive: true });
