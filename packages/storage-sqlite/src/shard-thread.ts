import { parentPort, workerData } from "node:worker_threads";
import { assert, systemClock, systemRandom } from "@coterie/core";
import { type OrderedStore, ShardEngine, StorageError } from "@coterie/shard-engine";
import { CachedStore } from "@coterie/shard-engine/local";
import type { Opened, ThreadData } from "./protocol.ts";
import { ShardLoop } from "./shard-loop.ts";
import { SqliteStore } from "./sqlite-store.ts";

// The entry of a shard's thread: opens its file, says so, and runs.

assert(parentPort !== null, "this file runs as a thread of openShards");
const port = parentPort;
const { file, shard, shards, store: storeOptions, engine: limits } = workerData as ThreadData;

/** Of memory for the rows that were written or read last: some 150,000 with values of 100 bytes. */
const ROWS_BYTES = 48 << 20;

try {
  const store = SqliteStore.open(file, storeOptions);
  const engine = openEngine(new CachedStore(store, ROWS_BYTES));
  port.postMessage({ type: "opened" } satisfies Opened);
  new ShardLoop(port, store, engine).run();
} catch (error) {
  if (!(error instanceof StorageError)) throw error;
  const { kind, message } = error;
  port.postMessage({ type: "failed", kind, message } satisfies Opened);
  port.close();
}

function openEngine(store: OrderedStore): ShardEngine {
  try {
    return ShardEngine.open(store, {
      shard,
      shards,
      clock: systemClock,
      random: systemRandom,
      ...limits,
    });
  } catch (error) {
    store.close();
    if (!(error instanceof StorageError)) throw error;
    throw new StorageError(error.kind, `${file}: ${error.message}`, { cause: error });
  }
}
