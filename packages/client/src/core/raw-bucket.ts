import type { PutOptions, ReadOptions, WriteOptions } from "./call-options.ts";
import type { Key } from "./key.ts";
import { livingKeys, type ScanParts } from "./living-keys.ts";
import type { ManyOptions } from "./many.ts";
import type { RawRead, RawValue } from "./raw-value.ts";
import type { Basis, Seen, Written } from "./result.ts";

/** One live key of a bucket, untyped. */
export interface RawEntry extends RawRead {
  /** Where the key is not valid UTF-8, what is wrong shows as U+FFFD; `keyBytes` is exact. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
}

/**
 * A bucket's stored bytes, of whatever mode and encoding: for tools that copy data without reading it.
 * All calls reject with a `CoterieError`.
 */
export class RawBucket {
  readonly name: string;
  readonly #parts: ScanParts;

  /** Use `Store.rawBucket`. */
  constructor(name: string, parts: ScanParts) {
    this.name = name;
    this.#parts = parts;
  }

  get(key: Key, options: ReadOptions = {}): Promise<RawRead> {
    return this.#parts.keyValue.get(this.name, key, options);
  }

  put(key: Key, value: RawValue, basis: Basis, options: PutOptions = {}): Promise<Written> {
    return this.#parts.keyValue.put(this.name, key, value, basis, options);
  }

  delete(key: Key, seen: Seen, options: WriteOptions = {}): Promise<Written> {
    return this.#parts.keyValue.delete(this.name, key, seen, options);
  }

  /** Every live key once; reads ahead only as fast as the caller takes. */
  async *entries(
    options: ReadOptions & ManyOptions = {},
  ): AsyncGenerator<RawEntry, void, undefined> {
    for await (const { key, keyBytes, read } of livingKeys(this.#parts, this.name, options)) {
      yield { ...read, key, keyBytes };
    }
  }
}
