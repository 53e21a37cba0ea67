import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import Database from "better-sqlite3";
import { storageErrorOf } from "./sqlite-error.ts";

/** Each lost race against a holder that just let go costs one. */
const ATTEMPTS = 10;

/**
 * One process at a time in a data directory. The lock is the operating system's, held through an open
 * SQLite transaction on a file of its own: it ends with its process, however that ends, so nothing stale
 * stands in the way of the next start and no process id can fool it. The file beside it only says who
 * holds it. `release` leaves neither behind.
 */
export class DirectoryLock {
  readonly #holder: Database.Database;
  readonly #files: readonly string[];

  /** Creates the directory when it is absent. Throws `StorageError` with a sentence when it is in use. */
  constructor(directory: string) {
    const file = join(directory, "lock");
    const pidFile = join(directory, "lock.pid");
    try {
      mkdirSync(directory, { recursive: true });
      // SQLite would only say that it cannot open the file, not why.
      accessSync(directory, constants.W_OK);
      this.#holder = hold(file);
      writeFileSync(pidFile, `${process.pid}\n`);
    } catch (error) {
      if (error instanceof Database.SqliteError && error.code === "SQLITE_BUSY") {
        throw new StorageError("io", inUse(directory, pidFile), { cause: error });
      }
      throw storageErrorOf(error, directory);
    }
    this.#files = [pidFile, file];
  }

  /** Idempotent. */
  release(): void {
    if (!this.#holder.open) return;
    for (const file of this.#files) rmSync(file, { force: true });
    this.#holder.close();
  }
}

/**
 * Locks the file that stands under this name. One that was opened just before its holder removed it and let
 * go can be locked, too, and keeps nobody out: so the name must stand for the same file before and after.
 */
function hold(file: string): Database.Database {
  for (let attempt = 1; ; attempt++) {
    const before = inodeOf(file);
    const holder = new Database(file, { timeout: 0 });
    try {
      holder.pragma("journal_mode = MEMORY");
      holder.exec("BEGIN EXCLUSIVE");
      if (before !== undefined && before === inodeOf(file)) return holder;
      if (attempt >= ATTEMPTS) throw new Error(`${file} changes under our hands`);
    } catch (error) {
      holder.close();
      throw error;
    }
    holder.close();
  }
}

/** By its name: opening and closing a file would give up every lock that this process has on it. */
function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
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
