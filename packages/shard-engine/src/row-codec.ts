import { ByteReader, ByteWriter, type Token, xxh64 } from "@coterie/core";
import { type ActorId, readActor, writeActor } from "@coterie/vector-clock";
import { readUint32, tokenOf, writeUint32 } from "./row-key.ts";

// A row's value: checksum(8) | n(1) | ownedTo varint | [actor(8) unless ownedTo is 0] | encoded version set.
// A meta value: checksum(8) | value.

/** A row as it is stored, its versions still encoded. */
export interface StoredRow {
  /** Of the row's bucket, so that a row can be put to its tree and to its primaries by itself. */
  readonly n: number;
  /**
   * The counter of the last dot that `owner` minted for this key, if this row has held it ever since;
   * 0 when there is none. Local, never replicated; see `DotMinter.ownedTo` for when it counts.
   */
  readonly ownedTo: number;
  readonly owner: ActorId | undefined;
  /** A view of the stored value. */
  readonly versions: Uint8Array;
}

const CHECKSUM_BYTES = 8;

/** Grows to the largest row there was: stores copy what they are given, and a buffer for each row is dear. */
let scratch = new Uint8Array(4096);

/**
 * The stored value of row `key`, a view that holds until the next call. The checksum covers the key's
 * token too: no row passes for another.
 */
export function encodeRow(
  key: Uint8Array,
  n: number,
  owner: ActorId | undefined,
  ownedTo: number,
  versions: Uint8Array,
): Uint8Array {
  const head = new ByteWriter(20).uint8(n).varint(ownedTo);
  if (ownedTo > 0) writeActor(head, owner!);
  const length = CHECKSUM_BYTES + head.length + versions.length;
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  const value = scratch.subarray(0, length);
  value.set(head.finish(), CHECKSUM_BYTES);
  value.set(versions, CHECKSUM_BYTES + head.length);
  seal(value, tokenOf(key));
  return value;
}

/** Undefined when the checksum does not match: the row is damaged, or not this key's. */
export function decodeRow(key: Uint8Array, value: Uint8Array): StoredRow | undefined {
  if (!isSealed(value, tokenOf(key))) return undefined;
  const reader = new ByteReader(value);
  reader.skip(CHECKSUM_BYTES);
  const n = reader.uint8();
  const ownedTo = reader.varint();
  const owner = ownedTo === 0 ? undefined : readActor(reader);
  return { n, ownedTo, owner, versions: reader.raw(reader.remaining) };
}

const NO_TOKEN: Token = { high: 0, low: 0 };

/** A meta value with its checksum. */
export function encodeMeta(value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(CHECKSUM_BYTES + value.length);
  sealed.set(value, CHECKSUM_BYTES);
  seal(sealed, NO_TOKEN);
  return sealed;
}

/** Undefined when the checksum does not match. */
export function decodeMeta(sealed: Uint8Array): Uint8Array | undefined {
  return isSealed(sealed, NO_TOKEN) ? sealed.slice(CHECKSUM_BYTES) : undefined;
}

function seal(value: Uint8Array, token: Token): void {
  const { high, low } = xxh64(value.subarray(CHECKSUM_BYTES));
  writeUint32(value, 0, (high ^ token.high) >>> 0);
  writeUint32(value, 4, (low ^ token.low) >>> 0);
}

function isSealed(value: Uint8Array, token: Token): boolean {
  if (value.length < CHECKSUM_BYTES) return false;
  const { high, low } = xxh64(value.subarray(CHECKSUM_BYTES));
  return (
    readUint32(value, 0) === (high ^ token.high) >>> 0 &&
    readUint32(value, 4) === (low ^ token.low) >>> 0
  );
}
