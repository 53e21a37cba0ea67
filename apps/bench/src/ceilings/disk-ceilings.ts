import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeUtf8, randomBytes, SeededRandom } from "@coterie/core";
import { rowKey } from "@coterie/shard-engine";
import { SqliteStore } from "@coterie/storage-sqlite";
import { KeySpace } from "../keys/key-space.ts";
import { Latencies, type LatencySummary } from "../latencies.ts";

const BLOCK_BYTES = 4096;
const FILL_ROWS = 5_000;

/** How long the disk takes to have 4 KiB more of a file for good. Milliseconds. */
export function syncCeiling(directory: string, seconds: number): LatencySummary {
  const file = openSync(join(directory, "sync"), "w");
  const latencies = new Latencies();
  const block = randomBytes(new SeededRandom(1), BLOCK_BYTES);
  try {
    const untilMs = performance.now() + seconds * 1000;
    for (let startMs = performance.now(); startMs < untilMs; ) {
      writeSync(file, block);
      fdatasyncSync(file);
      const endMs = performance.now();
      latencies.record(endMs - startMs);
      startMs = endMs;
    }
  } finally {
    closeSync(file);
  }
  return latencies.summary();
}

/** Random rows a second that SQLite makes durable, so many to a transaction, over so many that are there. */
export function sqliteCeiling(
  directory: string,
  options: { batch: number; seconds: number; rowBytes: number; records: number },
): number {
  const { batch, seconds, rowBytes, records } = options;
  const store = SqliteStore.open(join(directory, `ceiling-${batch}.sqlite`));
  const random = new SeededRandom(1);
  const distribution = "uniform";
  const keys = new KeySpace({ records, distribution, skew: 0.99, process: 0, processes: 1 });
  const key = (number: number): Uint8Array => rowKey("bench", encodeUtf8(`user${number}`));
  try {
    for (let first = 0; first < records; first += FILL_ROWS) {
      const transaction = store.begin();
      for (let row = first; row < Math.min(records, first + FILL_ROWS); row++) {
        transaction.put("rows", key(row), randomBytes(random, rowBytes));
      }
      transaction.commit();
    }
    const startMs = performance.now();
    let rows = 0;
    while (performance.now() - startMs < seconds * 1000) {
      const transaction = store.begin();
      for (let row = 0; row < batch; row++) {
        transaction.put("rows", key(keys.existing(random)), randomBytes(random, rowBytes));
      }
      transaction.commit();
      rows += batch;
    }
    return Math.round((rows * 1000) / (performance.now() - startMs));
  } finally {
    store.close();
  }
}
