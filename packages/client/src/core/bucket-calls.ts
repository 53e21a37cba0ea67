import type { PutOptions, ReadOptions, WriteOptions } from "./call-options.ts";
import type { Key } from "./key.ts";
import type { KeyValue } from "./key-value.ts";
import { type LivingKey, livingKeys, type ScanParts } from "./living-keys.ts";
import type { RawRead } from "./raw-value.ts";
import type { Basis, Read, Written } from "./result.ts";
import type { ValueCodec } from "./value-codec.ts";

export interface BucketCallsParts<T> {
  readonly bucket: string;
  readonly keyValue: KeyValue;
  readonly codec: ValueCodec<T>;
  /** Resolves when the bucket is known to be what the caller thinks; asked before each call, cheap after the first. */
  readonly ready: () => Promise<void>;
  readonly scan: ScanParts;
}

/** One bucket's calls with typed values: what both kinds of bucket are made of. */
export class BucketCalls<T> {
  readonly #parts: BucketCallsParts<T>;

  constructor(parts: BucketCallsParts<T>) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.bucket;
  }

  async get(key: Key, options: ReadOptions): Promise<Read<T>> {
    const { bucket, keyValue, ready } = this.#parts;
    keyValue.admit(options);
    await ready();
    return this.#typed(await keyValue.get(bucket, key, options));
  }

  async put(key: Key, value: T, basis: Basis, options: PutOptions): Promise<Written> {
    const { bucket, keyValue, codec, ready } = this.#parts;
    keyValue.admit(options);
    const raw = await codec.encode(value);
    await ready();
    return keyValue.put(bucket, key, raw, basis, options);
  }

  async delete(key: Key, basis: Basis, options: WriteOptions): Promise<Written> {
    const { bucket, keyValue, ready } = this.#parts;
    keyValue.admit(options);
    await ready();
    return keyValue.delete(bucket, key, basis, options);
  }

  /** Every key that is not deleted, once, with its read. */
  async *entries(
    options: ReadOptions & { readonly concurrency?: number | undefined },
  ): AsyncGenerator<LivingKey & { readonly read: Read<T> }, void, undefined> {
    await this.#parts.ready();
    for await (const { key, keyBytes, read } of livingKeys(this.#parts.scan, this.name, options)) {
      yield { key, keyBytes, read: await this.#typed(read) };
    }
  }

  async #typed({ siblings, context, receipt }: RawRead): Promise<Read<T>> {
    const { codec } = this.#parts;
    const [only] = siblings;
    if (only === undefined) return { kind: "absent", context, receipt };
    if (siblings.length === 1) {
      return { kind: "value", value: await codec.decode(only), context, receipt };
    }
    const values = await Promise.all(siblings.map((sibling) => codec.decode(sibling)));
    return { kind: "siblings", siblings: values, context, receipt };
  }
}
