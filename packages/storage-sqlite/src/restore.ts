import { existsSync } from "node:fs";
import { constants, copyFile } from "node:fs/promises";
import { resolve } from "node:path";
import { markAllRecovering, StorageError } from "@coterie/shard-engine";
import { makeDirectory } from "./durable-directory.ts";
import { countShards, shardFile } from "./shard-files.ts";
import { SqliteStore } from "./sqlite-store.ts";

/**
 * Makes a new data directory of a backup. The backup lacks what the cluster has acknowledged since, so
 * every partition starts as recovering: it takes writes, and counts for no read quorum until it has caught
 * up (§8). Throws `StorageError`.
 *
 * The copy is the node that was backed up, with its id and identity: the original must never run again. It
 * mints as a fresh actor like any start, so even that mistake would forge no dot.
 */
export async function restore(backup: string, directory: string): Promise<void> {
  const shards = existsSync(backup) ? countShards(backup) : 0;
  if (shards === 0) throw new StorageError("io", `${backup} holds no backup`);
  await makeDirectory(resolve(directory), async (partial) => {
    for (let shard = 0; shard < shards; shard++) {
      const file = shardFile(partial, shard, shards);
      await copyFile(shardFile(backup, shard, shards), file, constants.COPYFILE_FICLONE);
      const store = SqliteStore.open(file);
      try {
        store.checkPages();
        markAllRecovering(store);
      } finally {
        store.close();
      }
    }
  });
}
