import { assert } from "@coterie/core";
import type { Entry, OrderedTransaction, Space } from "@coterie/shard-engine";
import type Database from "better-sqlite3";

/** The prepared statements of one space; nothing is parsed after the start. */
interface Statements {
  readonly get: Database.Statement<[Uint8Array], Uint8Array>;
  readonly put: Database.Statement<[Uint8Array, Uint8Array]>;
  readonly delete: Database.Statement<[Uint8Array]>;
  readonly range: Database.Statement<[Uint8Array, Uint8Array, number], [Uint8Array, Uint8Array]>;
  readonly rangeToEnd: Database.Statement<[Uint8Array, number], [Uint8Array, Uint8Array]>;
}

export type SpaceStatements = Readonly<Record<Space, Statements>>;

export function statementsOf(database: Database.Database, space: Space): Statements {
  const select = `SELECT key, value FROM ${space} WHERE key >= ?`;
  return {
    get: database
      .prepare<[Uint8Array], Uint8Array>(`SELECT value FROM ${space} WHERE key = ?`)
      .pluck(),
    // One way through the tree, where an upsert looks for the key first: up to a ninth less for a small row.
    put: database.prepare(`INSERT OR REPLACE INTO ${space} VALUES (?, ?)`),
    delete: database.prepare(`DELETE FROM ${space} WHERE key = ?`),
    range: database
      .prepare<[Uint8Array, Uint8Array, number], [Uint8Array, Uint8Array]>(
        `${select} AND key < ? ORDER BY key LIMIT ?`,
      )
      .raw(),
    rangeToEnd: database
      .prepare<[Uint8Array, number], [Uint8Array, Uint8Array]>(`${select} ORDER BY key LIMIT ?`)
      .raw(),
  };
}

/** What a transaction needs of its store. */
export interface TransactionHost {
  /** Commits so many writes. */
  commit(writes: number): void;
  rollback(): void;
  /** Ends the transaction without a trace and throws the `StorageError`. */
  fail(error: unknown): never;
}

export class SqliteTransaction implements OrderedTransaction {
  readonly #statements: SpaceStatements;
  readonly #host: TransactionHost;
  #writes = 0;
  #over = false;

  constructor(statements: SpaceStatements, host: TransactionHost) {
    this.#statements = statements;
    this.#host = host;
  }

  get(space: Space, key: Uint8Array): Uint8Array | undefined {
    this.#check();
    try {
      return this.#statements[space].get.get(key);
    } catch (error) {
      return this.#fail(error);
    }
  }

  put(space: Space, key: Uint8Array, value: Uint8Array): void {
    this.#check();
    try {
      this.#statements[space].put.run(key, value);
    } catch (error) {
      this.#fail(error);
    }
    this.#writes++;
  }

  delete(space: Space, key: Uint8Array): void {
    this.#check();
    try {
      this.#statements[space].delete.run(key);
    } catch (error) {
      this.#fail(error);
    }
    this.#writes++;
  }

  range(
    space: Space,
    from: Uint8Array,
    to: Uint8Array | undefined,
    limit: number,
  ): readonly Entry[] {
    this.#check();
    const { range, rangeToEnd } = this.#statements[space];
    try {
      const rows = to === undefined ? rangeToEnd.all(from, limit) : range.all(from, to, limit);
      return rows.map(([key, value]) => ({ key, value }));
    } catch (error) {
      return this.#fail(error);
    }
  }

  commit(): void {
    this.#check();
    this.#over = true;
    try {
      this.#host.commit(this.#writes);
    } catch (error) {
      this.#host.fail(error);
    }
  }

  rollback(): void {
    this.#check();
    this.#over = true;
    try {
      this.#host.rollback();
    } catch (error) {
      this.#host.fail(error);
    }
  }

  #check(): void {
    assert(!this.#over, "a transaction that is over was used");
  }

  #fail(error: unknown): never {
    this.#over = true;
    return this.#host.fail(error);
  }
}
