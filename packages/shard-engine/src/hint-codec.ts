import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8, type NodeId } from "@coterie/core";
import { decodeRow, encodeRow } from "./row-codec.ts";

/** A hint as it is stored under its row's key. */
export interface StoredHint {
  readonly intendedFor: NodeId;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** `encodeVersions` of what is to reach the primaries. */
  readonly versions: Uint8Array;
}

/** A hint is stored as a row is, under the same checksum, with whom and since when before the versions. */
export function encodeHint(row: Uint8Array, hint: StoredHint): Uint8Array {
  const body = new ByteWriter(32 + hint.versions.length)
    .block(encodeUtf8(hint.intendedFor))
    .varint(hint.sinceMs)
    .raw(hint.versions)
    .finish();
  return encodeRow(row, 0, undefined, 0, body);
}

/** Undefined when the hint is damaged. */
export function decodeHint(row: Uint8Array, value: Uint8Array): StoredHint | undefined {
  const stored = decodeRow(row, value);
  if (stored === undefined) return undefined;
  const reader = new ByteReader(stored.versions);
  const intendedFor = decodeUtf8(reader.block());
  const sinceMs = reader.varint();
  return { intendedFor, sinceMs, versions: reader.raw(reader.remaining) };
}
