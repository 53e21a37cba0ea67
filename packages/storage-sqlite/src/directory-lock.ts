import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import Database from "better-sqlite3";
import { storageErrorOf } from "./sqlite-error.ts";

/**
 * One process at a time in a data directory. The lock is the operating system's, held through an open
 * SQLite transaction on a file of its own: it ends with its process, however that ends, so there is nothing
 * stale to clean up and no process id to be fooled by. The file beside it only says who holds it.
 */
export class DirectoryLock {
  readonly #holder: Database.Database;

  /** Creates the directory when it is absent. Throws `StorageError` with a sentence when it is in use. */
  constructor(directory: string) {
    const file = join(directory, "lock");
    const pidFile = join(directory, "lock.pid");
    let holder: Database.Database | undefined;
    try {
      mkdirSync(directory, { recursive: true });
      holder = new Database(file, { timeout: 0 });
      holder.pragma("journal_mode = MEMORY");
      holder.exec("BEGIN EXCLUSIVE");
      writeFileSync(pidFile, `${process.pid}\n`);
    } catch (error) {
      holder?.close();
      if (error instanceof Database.SqliteError && error.code === "SQLITE_BUSY") {
        throw new StorageError("io", inUse(directory, pidFile), { cause: error });
      }
      throw storageErrorOf(error, directory);
    }
    this.#holder = holder;
  }

  release(): void {
    this.#holder.close();
  }
}

function inUse(directory: string, pidFile: string): string {
  const pid = readPid(pidFile);
  const who = pid === process.pid ? "this process already" : `process ${pid ?? "(unknown)"}`;
  return `${directory} is in use by ${who}: stop it first, or choose another directory`;
}

function readPid(pidFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile, "latin1"), 10) || undefined;
  } catch {
    return undefined;
  }
}
