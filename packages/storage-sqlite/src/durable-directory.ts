import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import { storageErrorOf } from "./sqlite-error.ts";

/**
 * Makes a directory that is there whole or not at all: filled under another name, then renamed, and durable
 * when the promise resolves. Throws `StorageError` when `directory` exists.
 */
export async function makeDirectory(
  directory: string,
  fill: (directory: string) => Promise<void>,
): Promise<void> {
  const partial = join(dirname(directory), `.${basename(directory)}.partial`);
  try {
    if (await exists(directory)) {
      throw new StorageError("io", `${directory} exists already: name a new directory`);
    }
    await rm(partial, { recursive: true, force: true });
    await ensureDirectory(partial);
    await fill(partial);
    await syncDirectory(partial);
    await rename(partial, directory);
    await syncDirectory(dirname(directory));
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw storageErrorOf(error, directory);
  }
}

/** Creates a directory and what is missing above it, durably. Throws `StorageError`. */
export async function ensureDirectory(directory: string): Promise<void> {
  try {
    const first = await mkdir(directory, { recursive: true });
    if (first === undefined) return;
    for (let created = directory; created.length >= first.length; created = dirname(created)) {
      await syncDirectory(dirname(created));
    }
  } catch (error) {
    throw storageErrorOf(error, directory);
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
