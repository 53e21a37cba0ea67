import { accessSync, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { assert } from "@coterie/core";
import {
  type OrderedStore,
  type OrderedTransaction,
  type Space,
  StorageError,
  type StoreStats,
} from "@coterie/shard-engine";
import Database from "better-sqlite3";
import { BackgroundSync } from "./background-sync.ts";
import { APPLICATION_ID, checkOrigin, FORMAT } from "./file-origin.ts";
import { damaged, storageErrorOf } from "./sqlite-error.ts";
import {
  type SpaceStatements,
  SqliteTransaction,
  statementsOf,
  type TransactionHost,
} from "./sqlite-transaction.ts";

/**
 * `full`: a commit returns when the disk has it, and survives a power cut. `normal`: a commit survives the
 * end of the process, but a power cut or a crash of the system may take back the last of them, though they
 * were acknowledged. In return a commit does not wait for the disk.
 */
export type Durability = "full" | "normal";

export interface SqliteStoreOptions {
  /** Default `full`. */
  readonly durability?: Durability;
  /** Memory for pages of this file, MiB. More saves reads of cold rows. Default 64. */
  readonly cacheMiB?: number;
  /** Of a file that does not exist yet; see PAGE_BYTES. */
  readonly pageBytes?: number;
}

/**
 * A table WITHOUT ROWID keeps a row in one page up to a quarter of it, and gives the rest of a larger one pages
 * of its own. Measured (`bench/page-size.bench.ts`, 64 random rows a transaction): with rows of 200 bytes 4,096
 * costs a fifth less CPU a row than 8,192 and half of the log; with rows of 1,100 bytes, the size that most
 * benchmarks have, 2.5 times the CPU, half of the rows/s and 4 times the space. From 16,384 on small rows
 * cost half as much again.
 */
const PAGE_BYTES = 8192;
/** From 16 to 256 no difference was measured while the system's own cache held the file of 350 MB. */
const CACHE_MIB = 64;
/**
 * Mapping the file was measured too: a read takes 6 µs instead of 10. But a page that the disk cannot give is then a
 * signal that ends the process, instead of an error that one reply carries.
 */
const MMAP_BYTES = 0;
/** Measured: a quarter more rows/s and a third less commit p99 than SQLite's 1,000. */
const CHECKPOINT_PAGES = 16_000;
const SQLITE_VERSION_MIN = 3_051_003;
const SPACES: readonly Space[] = ["rows", "hints", "meta"];

/**
 * An ordered store in one SQLite file: a table WITHOUT ROWID for each space, a write-ahead log, and
 * exactly one connection, which holds the file's lock as long as it is open (SQLite up to 3.51.2 could
 * corrupt a log that two connections reset).
 */
export class SqliteStore implements OrderedStore {
  readonly file: string;
  readonly #database: Database.Database;
  readonly #statements: SpaceStatements;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  readonly #sums = { commits: 0, failedCommits: 0, writes: 0, commitMs: 0, commitMsMax: 0 };
  readonly #host: TransactionHost = {
    commit: (writes) => this.#commitWrites(writes),
    rollback: () => this.#rollBack(),
    fail: (error) => this.#fail(error),
  };
  #open = false;

  /** Creates the file when it is absent. Throws `StorageError` with a sentence when it cannot be used. */
  static open(file: string, options: SqliteStoreOptions = {}): SqliteStore {
    let database: Database.Database | undefined;
    try {
      accessSync(dirname(file));
      database = new Database(file, { timeout: 0 });
      const isNew = checkFile(database, file);
      configure(database, options);
      if (isNew) createTables(database);
      return new SqliteStore(file, database);
    } catch (error) {
      database?.close();
      throw storageErrorOf(error, file);
    }
  }

  private constructor(file: string, database: Database.Database) {
    this.file = file;
    this.#database = database;
    this.#begin = database.prepare("BEGIN");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#statements = {
      rows: statementsOf(database, "rows"),
      hints: statementsOf(database, "hints"),
      meta: statementsOf(database, "meta"),
    };
  }

  begin(): OrderedTransaction {
    assert(this.#database.open, "a closed store was used");
    assert(!this.#open, "a store has one transaction at a time");
    try {
      this.#begin.run();
    } catch (error) {
      throw storageErrorOf(error, this.file);
    }
    this.#open = true;
    return new SqliteTransaction(this.#statements, this.#host);
  }

  close(): void {
    this.#database.close();
  }

  stats(): StoreStats {
    const wal = `${this.file}-wal`;
    return {
      fileBytes: statSync(this.file).size,
      walBytes: existsSync(wal) ? statSync(wal).size : 0,
      ...this.#sums,
    };
  }

  /**
   * Copies what is committed when it ends into a new file, `stepPages` pages at a time; between two steps
   * the event loop turns and transactions run. The copy takes part in what they write.
   */
  async backUp(file: string, stepPages: number): Promise<void> {
    const sync = new BackgroundSync(file);
    const progress = (): number => {
      sync.start();
      return stepPages;
    };
    try {
      await this.#database.backup(file, { progress });
    } catch (error) {
      throw storageErrorOf(error, file);
    } finally {
      await sync.close();
    }
  }

  /** SQLite's own full check; reads the whole file. Throws `StorageError` `corrupt`. */
  checkPages(): void {
    try {
      const found = this.#database.pragma("integrity_check(1)", { simple: true });
      if (found !== "ok") throw new StorageError("corrupt", damaged(this.file, String(found)));
    } catch (error) {
      throw storageErrorOf(error, this.file);
    }
  }

  #commitWrites(writes: number): void {
    const startedMs = performance.now();
    this.#commit.run();
    const tookMs = performance.now() - startedMs;
    this.#open = false;
    this.#sums.commits++;
    this.#sums.writes += writes;
    this.#sums.commitMs += tookMs;
    if (tookMs > this.#sums.commitMsMax) this.#sums.commitMsMax = tookMs;
  }

  #rollBack(): void {
    this.#rollback.run();
    this.#open = false;
  }

  #fail(error: unknown): never {
    this.#open = false;
    this.#sums.failedCommits++;
    // After some errors SQLite has rolled back already, after others it has not.
    if (this.#database.inTransaction) this.#rollback.run();
    throw storageErrorOf(error, this.file);
  }
}

/** Reads whose file it is, under the lock, and changes nothing. True: it has no tables yet. */
function checkFile(database: Database.Database, file: string): boolean {
  checkSqliteVersion(database);
  database.pragma("locking_mode = EXCLUSIVE");
  const number = (pragma: string): number => database.pragma(pragma, { simple: true }) as number;
  const origin = {
    applicationId: number("application_id"),
    format: number("user_version"),
    tables: database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number,
  };
  checkOrigin(file, origin);
  return origin.applicationId === 0;
}

function checkSqliteVersion(database: Database.Database): void {
  const version = database.prepare("SELECT sqlite_version()").pluck().get() as string;
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const number = major * 1_000_000 + minor * 1000 + patch;
  if (number >= SQLITE_VERSION_MIN) return;
  throw new StorageError(
    "io",
    `SQLite ${version} can corrupt its log (fixed in 3.51.3): install better-sqlite3 12.11 or later`,
  );
}

function configure(database: Database.Database, options: SqliteStoreOptions): void {
  const pageBytes = options.pageBytes ?? PAGE_BYTES;
  database.pragma(`page_size = ${pageBytes}`);
  database.pragma("journal_mode = WAL");
  // Compiled in is NORMAL for a log, so this must be said.
  database.pragma(`synchronous = ${options.durability === "normal" ? "NORMAL" : "FULL"}`);
  database.pragma(`cache_size = ${-1024 * (options.cacheMiB ?? CACHE_MIB)}`);
  database.pragma(`mmap_size = ${MMAP_BYTES}`);
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // Above a normal round of the log, so that it is written over in place and cut only after a large one.
  database.pragma(`journal_size_limit = ${2 * CHECKPOINT_PAGES * pageBytes}`);
}

function createTables(database: Database.Database): void {
  database.transaction(() => {
    for (const space of SPACES) {
      database.exec(
        `CREATE TABLE ${space} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`,
      );
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${FORMAT}`);
  })();
}
