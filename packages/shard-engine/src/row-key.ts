import { assert, CodecError, cutBytes, type Token, xxh64 } from "@coterie/core";
import { partitionOf } from "@coterie/hash-ring";

const TOKEN_BYTES = 8;
const KEY_BYTES_MAX = 4096;
const BUCKET = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The key of a row: `token(8, big-endian) | bucketLength u8 | bucket | key`, with the token the XXH64 of
 * what follows it (`keyToken`). Token order is partition order, so the rows of a partition are one contiguous range.
 *
 * `bucket` is 1 to 64 characters of `A-Z a-z 0-9 . _ -`, `key` 1 to 4096 bytes: the caller has checked.
 */
export function rowKey(bucket: string, key: Uint8Array): Uint8Array {
  if (bucket !== lastNamed) {
    assert(BUCKET.test(bucket), `"${bucket}" cannot name a bucket`);
    lastNamed = bucket;
  }
  assert(key.length >= 1 && key.length <= KEY_BYTES_MAX, "a key has 1 to 4096 bytes");
  const row = cutBytes(TOKEN_BYTES + 1 + bucket.length + key.length);
  row[TOKEN_BYTES] = bucket.length;
  for (let i = 0; i < bucket.length; i++) row[TOKEN_BYTES + 1 + i] = bucket.charCodeAt(i);
  row.set(key, TOKEN_BYTES + 1 + bucket.length);
  // `keyToken` of them, without writing them out a second time.
  const token = xxh64(row.subarray(TOKEN_BYTES));
  writeUint32(row, 0, token.high);
  writeUint32(row, 4, token.low);
  return row;
}

// Requests that follow one another are mostly of one bucket.
let lastNamed = "";

/** The token that a row key begins with. */
export function tokenOf(row: Uint8Array): Token {
  return { high: readUint32(row, 0), low: readUint32(row, 4) };
}

/** The inverse of `rowKey`, for row keys from outside: throws `CodecError` unless every byte is right. */
export function parseRowKey(row: Uint8Array): { bucket: string; key: Uint8Array } {
  const bucketLength = row[TOKEN_BYTES] ?? 0;
  const keyAt = TOKEN_BYTES + 1 + bucketLength;
  const keyLength = row.length - keyAt;
  if (keyLength < 1 || keyLength > KEY_BYTES_MAX) {
    throw new CodecError(`a row key of ${row.length} bytes, ${bucketLength} of them its bucket`);
  }
  const bucket = bucketOf(row, bucketLength);
  const token = xxh64(row.subarray(TOKEN_BYTES));
  if (token.high !== readUint32(row, 0) || token.low !== readUint32(row, 4)) {
    throw new CodecError("a row key whose token is not the hash of its bucket and key");
  }
  return { bucket, key: row.subarray(keyAt) };
}

// Rows that follow one another are mostly of one bucket: its name is spelled and checked once.
let lastBucket = "";

function bucketOf(row: Uint8Array, length: number): string {
  let same = length === lastBucket.length;
  for (let i = 0; same && i < length; i++) {
    same = row[TOKEN_BYTES + 1 + i] === lastBucket.charCodeAt(i);
  }
  if (same && length > 0) return lastBucket;
  const codes = Array.from(row.subarray(TOKEN_BYTES + 1, TOKEN_BYTES + 1 + length));
  const bucket = String.fromCharCode(...codes);
  if (!BUCKET.test(bucket)) throw new CodecError("a row key with a malformed bucket name");
  lastBucket = bucket;
  return bucket;
}

/** Which of `partitions` (a power of two) a row belongs to. */
export function partitionOfRow(row: Uint8Array, partitions: number): number {
  return partitionOf(tokenOf(row), partitions);
}

/** Which of a node's `shards` keeps a row. */
export function shardOfRow(row: Uint8Array, partitions: number, shards: number): number {
  return partitionOfRow(row, partitions) % shards;
}

/** The row keys of a partition: from `from` (inclusive) to `to` (exclusive; undefined: to the end). */
export function partitionRange(
  partition: number,
  partitions: number,
): { from: Uint8Array; to: Uint8Array | undefined } {
  const tokensHigh = 0x1_0000_0000 / partitions;
  const prefix = (at: number): Uint8Array => {
    const bytes = new Uint8Array(4);
    writeUint32(bytes, 0, at * tokensHigh);
    return bytes;
  };
  return {
    from: prefix(partition),
    to: partition + 1 === partitions ? undefined : prefix(partition + 1),
  };
}

/** The first key after `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
