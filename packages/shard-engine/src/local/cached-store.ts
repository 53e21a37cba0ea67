import type {
  Entry,
  OrderedStore,
  OrderedTransaction,
  Space,
  StoreStats,
} from "../ordered-store.ts";
import { RowSlab } from "./row-slab.ts";

/** Longer values are not kept: each would push hundreds of others out, to save little of what it takes to write it. */
const VALUE_BYTES_MAX = 8 << 10;

/**
 * A store that remembers the rows that were read or written last: a write reads its row first, and through the
 * driver that takes longer than the write.
 *
 * Invariant: what is remembered of a row is what the store would give in the transaction that is open, or in the next
 * one. Every write goes to both, and a transaction that wrote and did not commit makes the next one start with
 * nothing. Ranges are the store's own: whoever checks what is on the disk reads by them, and has everything forgotten
 * (`forget`) where rows were damaged or lost there, or a repair would find them whole here and write nothing.
 */
export class CachedStore implements OrderedStore {
  readonly #store: OrderedStore;
  readonly #rows: RowSlab;
  /** Something is remembered that is not committed. */
  #written = false;

  /** `bytesMax`: of memory for rows. */
  constructor(store: OrderedStore, bytesMax: number) {
    this.#store = store;
    this.#rows = new RowSlab(bytesMax);
  }

  begin(): OrderedTransaction {
    const transaction = this.#store.begin();
    if (this.#written) this.#rows.clear();
    this.#written = false;
    return new CachedTransaction(transaction, this);
  }

  close(): void {
    this.#store.close();
  }

  forget(): void {
    this.#rows.clear();
  }

  stats(): StoreStats | undefined {
    return this.#store.stats?.();
  }

  /** Of a row, by the transaction that is open. */
  recall(transaction: OrderedTransaction, key: Uint8Array): Uint8Array | undefined {
    const at = this.#rows.find(key);
    if (at !== undefined) return this.#rows.versionsAt(at);
    const value = transaction.get("rows", key);
    this.#keep(key, value);
    return value;
  }

  /** A row has become this; undefined: it is gone. */
  remember(key: Uint8Array, value: Uint8Array | undefined): void {
    this.#written = true;
    this.#keep(key, value);
  }

  committed(): void {
    this.#written = false;
  }

  #keep(row: Uint8Array, value: Uint8Array | undefined): void {
    if (value !== undefined && value.length > VALUE_BYTES_MAX) this.#rows.drop(row);
    else this.#rows.keep({ row, versions: value, n: 0, era: undefined });
  }
}

class CachedTransaction implements OrderedTransaction {
  readonly #transaction: OrderedTransaction;
  readonly #cache: CachedStore;

  constructor(transaction: OrderedTransaction, cache: CachedStore) {
    this.#transaction = transaction;
    this.#cache = cache;
  }

  get(space: Space, key: Uint8Array): Uint8Array | undefined {
    if (space !== "rows") return this.#transaction.get(space, key);
    return this.#cache.recall(this.#transaction, key);
  }

  put(space: Space, key: Uint8Array, value: Uint8Array): void {
    this.#transaction.put(space, key, value);
    if (space === "rows") this.#cache.remember(key, value);
  }

  delete(space: Space, key: Uint8Array): void {
    this.#transaction.delete(space, key);
    if (space === "rows") this.#cache.remember(key, undefined);
  }

  range(
    space: Space,
    from: Uint8Array,
    to: Uint8Array | undefined,
    limit: number,
  ): readonly Entry[] {
    return this.#transaction.range(space, from, to, limit);
  }

  commit(): void {
    this.#transaction.commit();
    this.#cache.committed();
  }

  rollback(): void {
    this.#transaction.rollback();
  }
}
