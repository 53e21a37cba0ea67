import { type Token, xxh64 } from "@coterie/core";

/**
 * The token of a key: XXH64 over `bucketLength u8 | bucket | key`, so that no two pairs of bucket and key
 * hash the same bytes. Whoever places keys, node or client, computes it here.
 *
 * `bucket` is 1 to 255 characters of ASCII.
 */
export function keyToken(bucket: string, key: Uint8Array): Token {
  const hashed = new Uint8Array(1 + bucket.length + key.length);
  hashed[0] = bucket.length;
  for (let i = 0; i < bucket.length; i++) hashed[1 + i] = bucket.charCodeAt(i);
  hashed.set(key, 1 + bucket.length);
  return xxh64(hashed);
}
