import type { BucketCalls } from "./bucket-calls.ts";
import type { PutOptions, ReadOptions, WriteOptions } from "./call-options.ts";
import type { Key } from "./key.ts";
import { getMany, type ManyOptions, putMany } from "./many.ts";
import type { Basis, Read, Seen, SiblingsRead, ValueRead, Written } from "./result.ts";
import { type UpdateOptions, updating } from "./updating.ts";

/** One live key of a bucket without a merge. */
export type Entry<T> = (ValueRead<T> | SiblingsRead<T>) & {
  readonly key: string;
  /** Exact, where the key is not text. */
  readonly keyBytes: Uint8Array;
};

/** A write of `putMany`. */
export interface PutEntry<T> extends PutOptions {
  readonly key: Key;
  readonly value: T;
  readonly basis: Basis;
}

/**
 * A bucket whose conflicts the caller settles. A read shows concurrent writes as siblings, which have no
 * `value`; a write says what it has seen. All calls reject with a `CoterieError`.
 */
export class SiblingBucket<T> {
  readonly #calls: BucketCalls<T>;

  /** Buckets come from `Store.bucket`. */
  constructor(calls: BucketCalls<T>) {
    this.#calls = calls;
  }

  get name(): string {
    return this.#calls.name;
  }

  get(key: Key, options: ReadOptions = {}): Promise<Read<T>> {
    return this.#calls.get(key, options);
  }

  /** Replaces what `basis` has seen, and nothing else. */
  put(key: Key, value: T, basis: Basis, options: PutOptions = {}): Promise<Written> {
    return this.#calls.put(key, value, basis, options);
  }

  /** Deletes what `seen` has seen; a write that it has not seen stays. */
  delete(key: Key, seen: Seen, options: WriteOptions = {}): Promise<Written> {
    return this.#calls.delete(key, seen, options);
  }

  /**
   * Reads, and writes what `change` makes of it over what was read; `undefined` deletes. There is no
   * compare-and-set here: two updates at once leave two siblings for the next. `change` may run more than
   * once, but never again after a write that is in doubt.
   */
  update(
    key: Key,
    change: (read: Read<T>) => T | undefined | Promise<T | undefined>,
    options: UpdateOptions = {},
  ): Promise<Written> {
    return updating(options, async () => {
      const read = await this.#calls.get(key, options);
      const value = await change(read);
      return value === undefined
        ? this.#calls.delete(key, read, options)
        : this.#calls.put(key, value, read, options);
    });
  }

  /** Reads many keys, a bounded number at once. The first failure is thrown. */
  getMany<K extends Key>(
    keys: Iterable<K>,
    options: ReadOptions & ManyOptions = {},
  ): Promise<Map<K, Read<T>>> {
    return getMany(keys, options, (key) => this.#calls.get(key, options));
  }

  /** Writes many, a bounded number at once, all of them whatever fails; then throws a `ManyError` if any did. */
  putMany(
    entries: Iterable<PutEntry<T>> | AsyncIterable<PutEntry<T>>,
    options: ManyOptions = {},
  ): Promise<Written[]> {
    return putMany(entries, options, ({ key, value, basis, ...each }) =>
      this.#calls.put(key, value, basis, each),
    );
  }

  /** Every live key once, in no order that means anything; reads ahead only as fast as the caller takes. */
  async *entries(
    options: ReadOptions & ManyOptions = {},
  ): AsyncGenerator<Entry<T>, void, undefined> {
    for await (const { key, keyBytes, read } of this.#calls.entries(options)) {
      if (read.kind !== "absent") yield { ...read, key, keyBytes };
    }
  }
}
