import { assert, bytesEqual } from "@coterie/core";
import {
  type Entry,
  type OrderedStore,
  type OrderedTransaction,
  type Space,
  StorageError,
  type StorageErrorKind,
} from "./ordered-store.ts";
import { SortedMap } from "./sorted-map.ts";

type Spaces = Record<Space, SortedMap>;

interface Write {
  readonly space: Space;
  readonly key: Uint8Array;
  /** What stood there before; undefined: nothing. */
  before: Uint8Array | undefined;
}

/** The synced contents of a store at one moment. */
export interface MemorySnapshot {
  readonly spaces: Readonly<Spaces>;
}

export interface MemoryStoreOptions {
  /** False: commits stay in the unsynced layer, which `crash` loses, until `sync`. Default true. */
  readonly syncOnCommit?: boolean;
}

/**
 * A disk in memory, for tests and the simulator: a sorted map that knows how to undo whatever was not
 * synced. It outlives the engine on it: after `crash` or `close` the next start calls `reopen`.
 */
export class MemoryStore implements OrderedStore {
  syncOnCommit: boolean;
  #spaces: Spaces = emptySpaces();
  /** Oldest first: the writes of each committed transaction that is not synced. */
  #unsynced: Write[][] = [];
  #open: MemoryTransaction | undefined;
  #closed = false;
  #failure: StorageErrorKind | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    this.syncOnCommit = options.syncOnCommit ?? true;
  }

  begin(): OrderedTransaction {
    assert(!this.#closed, "a closed store was used");
    assert(this.#open === undefined, "a store has one transaction at a time");
    this.#open = new MemoryTransaction(this.#spaces, (transaction, writes, keep) =>
      this.#end(transaction, writes, keep),
    );
    return this.#open;
  }

  close(): void {
    this.#open?.rollback();
    this.#closed = true;
  }

  /** The store as the next process start finds it. */
  reopen(): this {
    this.close();
    this.#closed = false;
    return this;
  }

  /** Makes every commit so far survive `crash`. */
  sync(): void {
    this.#unsynced = [];
  }

  /** How many commits are not synced. */
  get unsyncedCommits(): number {
    return this.#unsynced.length;
  }

  /** Power off: the unsynced commits are lost, but for the first `survivors` of them. Then `reopen`. */
  crash(survivors = 0): void {
    this.close();
    for (const writes of this.#unsynced.splice(survivors).reverse()) undo(this.#spaces, writes);
    this.#unsynced = [];
  }

  /** The next commit that writes anything throws, and leaves the store as it was. */
  failNextCommit(kind: StorageErrorKind): void {
    this.#failure = kind;
  }

  /** What a copy of the disk holds now, synced or not: nothing of a transaction that is open. */
  snapshot(): MemorySnapshot {
    const spaces = copySpaces(this.#spaces);
    if (this.#open !== undefined) undo(spaces, this.#open.writes);
    return { spaces };
  }

  /** Puts an older copy in place, as an operator would do with a backup. Then `reopen`. */
  restore(snapshot: MemorySnapshot): void {
    this.close();
    this.#spaces = copySpaces(snapshot.spaces);
    this.#unsynced = [];
  }

  /** Rot: flips one bit of a stored value. */
  flipBit(space: Space, key: Uint8Array, bit: number): void {
    const written = this.#open?.writes.find(
      (write) => write.space === space && bytesEqual(write.key, key),
    );
    const value = (written === undefined ? this.#spaces[space].get(key) : written.before)?.slice();
    assert(value !== undefined, "there is nothing to damage");
    const at = (bit >>> 3) % value.length;
    value[at] = value[at]! ^ (1 << (bit & 7));
    if (written === undefined) this.#spaces[space].set(key, value);
    else written.before = value;
  }

  #end(transaction: MemoryTransaction, writes: Write[], keep: boolean): void {
    assert(this.#open === transaction, "a transaction that is over was used");
    this.#open = undefined;
    const failure = keep && writes.length > 0 ? this.#failure : undefined;
    if (!keep || failure !== undefined) undo(this.#spaces, writes);
    else if (!this.syncOnCommit && writes.length > 0) this.#unsynced.push(writes);
    else if (this.syncOnCommit) this.sync();
    if (failure === undefined) return;
    this.#failure = undefined;
    throw new StorageError(failure, `the commit was made to fail (${failure})`);
  }
}

function undo(spaces: Spaces, writes: readonly Write[]): void {
  for (const { space, key, before } of writes.toReversed()) {
    if (before === undefined) spaces[space].delete(key);
    else spaces[space].set(key, before);
  }
}

/** Writes in place and remembers what stood there. */
class MemoryTransaction implements OrderedTransaction {
  readonly #spaces: Spaces;
  readonly writes: Write[] = [];
  readonly #end: (transaction: MemoryTransaction, writes: Write[], keep: boolean) => void;
  #over = false;

  constructor(
    spaces: Spaces,
    end: (transaction: MemoryTransaction, writes: Write[], keep: boolean) => void,
  ) {
    this.#spaces = spaces;
    this.#end = end;
  }

  get(space: Space, key: Uint8Array): Uint8Array | undefined {
    this.#check();
    return this.#spaces[space].get(key);
  }

  put(space: Space, key: Uint8Array, value: Uint8Array): void {
    const kept = key.slice();
    this.#remember(space, kept);
    this.#spaces[space].set(kept, value.slice());
  }

  delete(space: Space, key: Uint8Array): void {
    this.#remember(space, key.slice());
    this.#spaces[space].delete(key);
  }

  range(
    space: Space,
    from: Uint8Array,
    to: Uint8Array | undefined,
    limit: number,
  ): readonly Entry[] {
    this.#check();
    return this.#spaces[space].range(from, to, limit);
  }

  commit(): void {
    this.#finish(true);
  }

  rollback(): void {
    this.#finish(false);
  }

  #remember(space: Space, key: Uint8Array): void {
    this.#check();
    this.writes.push({ space, key, before: this.#spaces[space].get(key) });
  }

  #finish(keep: boolean): void {
    this.#check();
    this.#over = true;
    this.#end(this, this.writes, keep);
  }

  #check(): void {
    assert(!this.#over, "a transaction that is over was used");
  }
}

function emptySpaces(): Spaces {
  return { rows: new SortedMap(), hints: new SortedMap(), meta: new SortedMap() };
}

function copySpaces(spaces: Readonly<Spaces>): Spaces {
  return { rows: spaces.rows.copy(), hints: spaces.hints.copy(), meta: spaces.meta.copy() };
}
