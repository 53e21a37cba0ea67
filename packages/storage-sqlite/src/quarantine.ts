import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { systemClock } from "@coterie/core";
import { copyMeta, markAllRecovering, StorageError } from "@coterie/shard-engine";
import { DirectoryLock } from "./directory-lock.ts";
import { syncDirectory } from "./durable-directory.ts";
import { replacementOf, shardFile, shardsOf, sideFiles } from "./shard-files.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** A shard that starts empty again. */
export interface QuarantinedShard {
  readonly shard: number;
  /** What was wrong, a sentence. */
  readonly reason: string;
  /** Whether what the node knows of itself (its identity, the ring) could be read from the damaged file. */
  readonly metaKept: boolean;
}

export interface QuarantineReport {
  /** Where the damaged files are now; undefined: nothing was damaged. */
  readonly movedTo: string | undefined;
  readonly shards: readonly QuarantinedShard[];
}

/**
 * Puts the damaged files of a stopped node aside, found by a full check of each, and starts empty ones. All
 * their partitions are recovering: the node takes writes again at once, and the other replicas bring back
 * what it lost. Nothing is deleted; when it is interrupted, run it again. Throws `StorageError`.
 */
export async function quarantine(directory: string): Promise<QuarantineReport> {
  const lock = new DirectoryLock(directory);
  try {
    const shards = shardsOf(directory);
    const movedTo = join(directory, `quarantine-${systemClock.nowMs()}`);
    const quarantined: QuarantinedShard[] = [];
    for (let shard = 0; shard < shards; shard++) {
      const file = shardFile(directory, shard, shards);
      const reason = faultOf(file);
      if (reason === undefined) continue;
      const metaKept = await replace(file, movedTo);
      quarantined.push({ shard, reason, metaKept });
    }
    return { movedTo: quarantined.length > 0 ? movedTo : undefined, shards: quarantined };
  } finally {
    lock.release();
  }
}

function faultOf(file: string): string | undefined {
  if (!existsSync(file)) return `${file} is missing`;
  try {
    const store = SqliteStore.open(file);
    try {
      store.checkPages();
    } finally {
      store.close();
    }
    rmSync(replacementOf(file), { force: true });
    return undefined;
  } catch (error) {
    if (error instanceof StorageError && error.kind === "corrupt") return error.message;
    throw error;
  }
}

/**
 * The order makes it safe to be interrupted anywhere: the empty file is complete and marked before the
 * damaged one moves, and the damaged one's log moves first, or it would be replayed into the empty one.
 */
async function replace(file: string, movedTo: string): Promise<boolean> {
  const replacement = replacementOf(file);
  if (existsSync(file)) rmSync(replacement, { force: true });
  const metaKept = prepare(replacement, file);
  mkdirSync(movedTo, { recursive: true });
  for (const name of [...sideFiles(file), file]) {
    if (existsSync(name)) renameSync(name, join(movedTo, basename(name)));
  }
  await syncDirectory(movedTo);
  renameSync(replacement, file);
  await syncDirectory(join(file, ".."));
  return metaKept;
}

/** An empty file with what can be had of the damaged one's meta data. */
function prepare(replacement: string, damaged: string): boolean {
  const isNew = !existsSync(replacement);
  const store = SqliteStore.open(replacement);
  try {
    const metaKept = isNew && rescueMeta(damaged, store);
    markAllRecovering(store);
    return metaKept;
  } finally {
    store.close();
  }
}

function rescueMeta(damaged: string, into: SqliteStore): boolean {
  if (!existsSync(damaged)) return false;
  try {
    const store = SqliteStore.open(damaged);
    try {
      copyMeta(store, into);
      return true;
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
