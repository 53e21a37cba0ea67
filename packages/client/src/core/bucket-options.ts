import type { EncodingName } from "./raw-value.ts";
import type { StandardSchema } from "./standard-schema.ts";

/**
 * Makes one value of two concurrent ones. Must be commutative, associative and idempotent, or clients that
 * merge in different orders settle on different values.
 */
export type MergeFunction<T> = (a: T, b: T) => T;

/**
 * How a bucket settles concurrent writes: with a function, at the reader, or with `"lww"`, at the nodes: the
 * last writer wins and the other write is lost.
 */
export type Merge<T> = MergeFunction<T> | "lww";

/** What the bucket is to be, where its first use makes it. Zero or absent: the default. */
export interface BucketDefinition {
  /** Replicas of each key. Default 3. */
  readonly n?: number;
  /** Answers that a read waits for. Default: a majority. */
  readonly r?: number;
  /** Durable copies that a write waits for. Default: a majority. */
  readonly w?: number;
}

/** What a bucket is. */
export interface BucketInfo extends Required<BucketDefinition> {
  readonly name: string;
  readonly mode: "siblings" | "lww";
  /** How long a put lives that names no expiry, milliseconds; undefined: for ever. */
  readonly ttlMs: number | undefined;
}

export interface BucketOptions<T> {
  /** Any Standard Schema. Checks what is written and what is read; it must accept what it returned. */
  readonly schema?: StandardSchema<unknown, T>;
  /** Default `json`. */
  readonly encoding?: EncodingName;
  /** Fixed when the bucket is made; opening one that has another definition is an error. */
  readonly definition?: BucketDefinition;
}
