import { type Token, xxh64 } from "@coterie/core";

/** The digest of nothing: of an empty leaf, and of every subtree whose leaves are all empty. */
export const EMPTY: Token = { high: 0, low: 0 };

export function isEmpty(digest: Token): boolean {
  return digest.high === 0 && digest.low === 0;
}

export function sameDigest(a: Token, b: Token): boolean {
  return a.high === b.high && a.low === b.low;
}

/** a + b mod 2^64. */
export function add(a: Token, b: Token): Token {
  const low = a.low + b.low;
  return { high: (a.high + b.high + (low > 0xffffffff ? 1 : 0)) >>> 0, low: low >>> 0 };
}

/**
 * The hash by which a row enters its leaf: XXH64 over the length-prefixed row key and its causality.
 * `causality` must be canonical: replicas that hold the same versions must give the same bytes, or they
 * repair one another for ever.
 */
export function itemHash(rowKey: Uint8Array, causality: Uint8Array): Token {
  const length = 4 + rowKey.length + causality.length;
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  scratch[0] = rowKey.length >>> 24;
  scratch[1] = rowKey.length >>> 16;
  scratch[2] = rowKey.length >>> 8;
  scratch[3] = rowKey.length;
  scratch.set(rowKey, 4);
  scratch.set(causality, 4 + rowKey.length);
  return xxh64(scratch.subarray(0, length));
}

/** Every write of a row hashes twice, and a buffer for each would be half of the cost. */
let scratch = new Uint8Array(256);

/** The sum of item hashes, in whatever order: what the leaf that holds exactly these must be. */
export function leafSum(items: Iterable<{ readonly hash: Token }>): Token {
  let sum = EMPTY;
  for (const item of items) sum = add(sum, item.hash);
  return sum;
}
