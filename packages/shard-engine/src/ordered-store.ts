/** The ordered key spaces of a shard: its rows, the hints it holds for others, and what it knows of itself. */
export type Space = "rows" | "hints" | "meta";

/** One key and its value. Both belong to the store: read them, do not change them. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * One transaction over the spaces of a store. Keys are ordered as unsigned bytes, a prefix first.
 * Every method may throw `StorageError`; the transaction is then over, and nothing of it was written.
 */
export interface OrderedTransaction {
  get(space: Space, key: Uint8Array): Uint8Array | undefined;
  /** The store keeps copies: the caller may use both arrays again. */
  put(space: Space, key: Uint8Array, value: Uint8Array): void;
  /** Deleting what is not there is no error. */
  delete(space: Space, key: Uint8Array): void;
  /**
   * At most `limit` entries in ascending order from `from` (inclusive) to `to` (exclusive; undefined:
   * to the end), with what this transaction itself has written.
   */
  range(
    space: Space,
    from: Uint8Array,
    to: Uint8Array | undefined,
    limit: number,
  ): readonly Entry[];
  /** Durable as a whole when it returns; when it throws `StorageError` the store is as before. */
  commit(): void;
  rollback(): void;
}

/** What a store tells about its files and its work; sums since it was opened. */
export interface StoreStats {
  /** Bytes of the main file. */
  readonly fileBytes: number;
  /** Bytes of the write-ahead log; it shrinks when a checkpoint starts it over. */
  readonly walBytes: number;
  readonly commits: number;
  readonly failedCommits: number;
  /** Rows put and deleted. */
  readonly writes: number;
  /** Milliseconds spent in commits, the wait for the disk included, and the longest of them. */
  readonly commitMs: number;
  readonly commitMsMax: number;
}

/** The port that the engine stands on. One transaction at a time; one owner. */
export interface OrderedStore {
  begin(): OrderedTransaction;
  /** Rolls back what is open. The store is of no use afterwards. */
  close(): void;
  /** What it has given lately may not be what is on the disk: a store that remembers rows reads them anew. */
  forget?(): void;
  stats?(): StoreStats | undefined;
}

/**
 * `full`: no space left; `readonly`: the file may not be written; `io`: the disk failed; `corrupt`: what
 * was read cannot be right; `foreign`: it is well, and not ours: of another program, a newer version,
 * another shard.
 */
export type StorageErrorKind = "full" | "io" | "corrupt" | "readonly" | "foreign";

/** Why a store could not do it. The message is a sentence for an operator. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}
