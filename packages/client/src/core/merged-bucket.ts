import type { BucketCalls } from "./bucket-calls.ts";
import type { Merge } from "./bucket-options.ts";
import type { PutOptions, ReadOptions, WriteOptions } from "./call-options.ts";
import { type Key, keyBytes } from "./key.ts";
import { LastSeen } from "./last-seen.ts";
import { getMany, type ManyOptions, putMany } from "./many.ts";
import type { Basis, Read, SettledRead, ValueRead, Written } from "./result.ts";
import { type UpdateOptions, updating } from "./updating.ts";

/** One live key of a bucket with a merge. */
export interface SettledEntry<T> extends ValueRead<T> {
  readonly key: string;
  /** Exact, where the key is not text. */
  readonly keyBytes: Uint8Array;
}

/** A write of `putMany`. */
export interface SettledPutEntry<T> extends PutOptions {
  readonly key: Key;
  readonly value: T;
  /** Default: as `put` has it. */
  readonly basis?: Basis;
}

export interface SettledPutOptions extends PutOptions {
  /** What the write replaces. Default: what the key has when the call begins, which costs a read unless the bucket is `lww`. */
  readonly basis?: Basis | undefined;
}

export interface SettledDeleteOptions extends WriteOptions {
  /** As of a put. */
  readonly basis?: Basis | undefined;
}

/**
 * A bucket that settles its own conflicts, so that a read is a value or absent. Siblings are merged when
 * they are read; the next write over that read leaves the merged value alone in their place. All calls
 * reject with a `CoterieError`.
 */
export class MergedBucket<T> {
  readonly #calls: BucketCalls<T>;
  readonly #merge: Merge<T>;
  readonly #lastSeen = new LastSeen();

  /** Buckets come from `Store.bucket`. */
  constructor(calls: BucketCalls<T>, merge: Merge<T>) {
    this.#calls = calls;
    this.#merge = merge;
  }

  get name(): string {
    return this.#calls.name;
  }

  async get(key: Key, options: ReadOptions = {}): Promise<SettledRead<T>> {
    const read = this.#settle(await this.#calls.get(key, options));
    this.#remember(key, read);
    return read;
  }

  /** Replaces what the key has. A write that runs at the same time survives, and is merged with this one. */
  async put(key: Key, value: T, options: SettledPutOptions = {}): Promise<Written> {
    const basis = options.basis ?? (await this.#basis(key, options));
    const written = await this.#calls.put(key, value, basis, options);
    this.#remember(key, written);
    return written;
  }

  /** Deletes what the key has. A write that runs at the same time survives. */
  async delete(key: Key, options: SettledDeleteOptions = {}): Promise<Written> {
    const basis = options.basis ?? (await this.#basis(key, options));
    const written = await this.#calls.delete(key, basis, options);
    this.#remember(key, written);
    return written;
  }

  /**
   * Reads, and writes what `change` makes of the value; `undefined` stands for an absent one, and deletes
   * when it is returned. Two updates at once are merged, not lined up. `change` may run more than once, but
   * never again after a write that is in doubt.
   */
  update(
    key: Key,
    change: (value: T | undefined) => T | undefined | Promise<T | undefined>,
    options: UpdateOptions = {},
  ): Promise<Written> {
    return updating(options, async () => {
      const basis = await this.get(key, options);
      const value = await change(basis.kind === "value" ? basis.value : undefined);
      return value === undefined
        ? this.delete(key, { ...options, basis })
        : this.put(key, value, { ...options, basis });
    });
  }

  /** Reads many keys, a bounded number at once. The first failure is thrown. */
  getMany<K extends Key>(
    keys: Iterable<K>,
    options: ReadOptions & ManyOptions = {},
  ): Promise<Map<K, SettledRead<T>>> {
    return getMany(keys, options, (key) => this.get(key, options));
  }

  /** Writes many, a bounded number at once, all of them whatever fails; then throws a `ManyError` if any did. */
  putMany(
    entries: Iterable<SettledPutEntry<T>> | AsyncIterable<SettledPutEntry<T>>,
    options: ManyOptions = {},
  ): Promise<Written[]> {
    return putMany(entries, options, ({ key, value, ...each }) => this.put(key, value, each));
  }

  /** Every live key once, in no order that means anything; reads ahead only as fast as the caller takes. */
  async *entries(
    options: ReadOptions & ManyOptions = {},
  ): AsyncGenerator<SettledEntry<T>, void, undefined> {
    for await (const { key, keyBytes, read } of this.#calls.entries(options)) {
      const settled = this.#settle(read);
      if (settled.kind === "value") yield { ...settled, key, keyBytes };
    }
  }

  #settle(read: Read<T>): SettledRead<T> {
    if (read.kind !== "siblings") return read;
    const { siblings, context, receipt } = read;
    // The nodes keep one version of an lww key.
    const merge = this.#merge === "lww" ? (a: T) => a : this.#merge;
    return { kind: "value", value: siblings.reduce((a, b) => merge(a, b)), context, receipt };
  }

  /** In `lww` the stamp decides, and the last one seen makes this client's later write the later one. */
  async #basis(key: Key, options: WriteOptions): Promise<Basis> {
    if (this.#merge === "lww") return this.#lastSeen.of(keyBytes(key)) ?? "unseen";
    const { signal, timeoutMs, mode, level } = options;
    return this.#calls.get(key, { signal, timeoutMs, mode, level });
  }

  #remember(key: Key, { context }: { readonly context: Uint8Array }): void {
    if (this.#merge === "lww") this.#lastSeen.keep(keyBytes(key), context);
  }
}
