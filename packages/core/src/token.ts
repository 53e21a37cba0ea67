import xxhash from "xxhash-wasm";

/** A place in the hash space 0 … 2^64 - 1: two unsigned 32-bit halves. */
export interface Token {
  readonly high: number;
  readonly low: number;
}

const { h64Raw } = await xxhash();

// The library returns a BigInt; writing it into this cell and reading the halves back is the only
// place where one exists (no BigInt arithmetic, no further allocation).
const cell = new BigUint64Array(1);
const halves = new Uint32Array(cell.buffer);
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = littleEndian ? 0 : 1;
const HIGH = littleEndian ? 1 : 0;

/** XXH64 of `bytes` with seed 0. Not cryptographic: for placement and checksums. */
export function xxh64(bytes: Uint8Array): Token {
  cell[0] = h64Raw(bytes);
  return { high: halves[HIGH]!, low: halves[LOW]! };
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function compareTokens(a: Token, b: Token): number {
  return a.high !== b.high ? a.high - b.high : a.low - b.low;
}
