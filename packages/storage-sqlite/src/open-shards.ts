import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { StorageError, type WatchableMailbox } from "@coterie/shard-engine";
import { DirectoryLock } from "./directory-lock.ts";
import { ensureDirectory, makeDirectory, syncDirectory } from "./durable-directory.ts";
import type { MailboxLimits } from "./mailbox-limits.ts";
import { countShards, shardFile } from "./shard-files.ts";
import type { SqliteStoreOptions } from "./sqlite-store.ts";
import { WorkerMailbox } from "./worker-mailbox.ts";

export interface OpenShardsOptions extends SqliteStoreOptions, MailboxLimits {
  /** Created when it is absent. */
  readonly directory: string;
  /**
   * Files, threads and disk flushes side by side; fixed by a directory's first start. Default: what the
   * directory has; for a new one 1 up to 4 cores, above that one for every 4.
   */
  readonly shards?: number;
  /** Of the engines: see `ShardEngineOptions`. */
  readonly maxDriftMs?: number;
  readonly siblingsMax?: number;
  readonly valueBytesMax?: number;
  /** Told when a shard's thread ends by itself: a bug, after which the node must stop. */
  readonly onFailure?: (shard: number, error: Error) => void;
}

export interface BackUpReport {
  readonly bytes: number;
  readonly seconds: number;
}

/** The shards of a data directory, which is locked until all of them are closed. */
export interface OpenShards {
  /** In order; close them one by one or by `close`. */
  readonly mailboxes: readonly WatchableMailbox[];
  /** The directory held no data before. */
  readonly created: boolean;
  /**
   * Copies every shard, each consistent in itself, into a new directory while reads and writes go on; it
   * appears there when it is complete. Throws `StorageError`.
   */
  backUp(directory: string): Promise<BackUpReport>;
  /** Carries out what has been handed over, closes every mailbox and gives up the lock. */
  close(): Promise<void>;
}

/**
 * Opens a data directory: one SQLite file and one thread for each shard. Throws `StorageError` when it is in
 * use, damaged, incomplete, or not ours; nothing has been changed then.
 */
export async function openShards(options: OpenShardsOptions): Promise<OpenShards> {
  const directory = resolve(options.directory);
  await ensureDirectory(directory);
  const lock = new DirectoryLock(directory);
  const mailboxes: WorkerMailbox[] = [];
  try {
    const found = countShards(directory);
    const shards = options.shards ?? (found || defaultShards());
    if (found !== 0 && found !== shards) {
      throw new StorageError(
        "foreign",
        `${directory} has ${found} shards, and their number is fixed: it cannot be opened with ${shards}`,
      );
    }
    for (let shard = 0; shard < shards; shard++) {
      mailboxes.push(await openShard(directory, shard, shards, options));
    }
    await syncDirectory(directory);
    const released = Promise.all(mailboxes.map((mailbox) => mailbox.ended)).then(() =>
      lock.release(),
    );
    return {
      mailboxes,
      created: found === 0,
      backUp: (target) => backUp(mailboxes, resolve(target)),
      close: async () => {
        await Promise.all(mailboxes.map((mailbox) => mailbox.close()));
        await released;
      },
    };
  } catch (error) {
    await Promise.all(mailboxes.map((mailbox) => mailbox.close()));
    lock.release();
    throw error;
  }
}

function openShard(
  directory: string,
  shard: number,
  shards: number,
  options: OpenShardsOptions,
): Promise<WorkerMailbox> {
  const { durability, cacheMiB, pageBytes, maxDriftMs, siblingsMax, valueBytesMax } = options;
  const data = {
    file: shardFile(directory, shard, shards),
    shard,
    shards,
    store: defined({ durability, cacheMiB, pageBytes }),
    engine: defined({ maxDriftMs, siblingsMax, valueBytesMax }),
  };
  return WorkerMailbox.open(data, options, (error) => options.onFailure?.(shard, error));
}

async function backUp(
  mailboxes: readonly WorkerMailbox[],
  directory: string,
): Promise<BackUpReport> {
  const startedMs = performance.now();
  let bytes = 0;
  await makeDirectory(directory, async (partial) => {
    for (const [shard, mailbox] of mailboxes.entries()) {
      const file = shardFile(partial, shard, mailboxes.length);
      await mailbox.backUp(file);
      bytes += (await stat(file)).size;
    }
  });
  return { bytes, seconds: (performance.now() - startedMs) / 1000 };
}

function defaultShards(): number {
  return Math.max(1, Math.floor(availableParallelism() / 4));
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the properties that are undefined. */
function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
