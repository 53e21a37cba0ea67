import { ByteReader, ByteWriter, CodecError } from "@coterie/core";
import { decodeStamp, encodeStamp } from "@coterie/hybrid-clock";
import type { Dot } from "@coterie/vector-clock";
import { readCausality, skipCausality, writeCausality } from "./causality.ts";
import { collapse } from "./merge.ts";
import { readOperationId, writeOperationId } from "./operation-id.ts";
import { spreadTwins } from "./twins.ts";
import type { Encoding, Version, VersionSet } from "./version.ts";

const ENCODINGS: readonly Encoding[] = ["bytes", "utf8", "json"];

// flags: bits 0-1 the encoding, then
const TOMBSTONE = 4;
const EXPIRES = 8;
const KNOWN = 15;

const NO_VALUE = new Uint8Array(0);

/**
 * The canonical bytes of a set: its clocks (see `causalityOf`), then per dot, ascending, flags, stamp,
 * operation id, expiry if any, value. Equal sets have equal bytes.
 */
export function encodeVersions(set: VersionSet): Uint8Array {
  const flat = spreadTwins(set.siblings);
  let capacity = 32 + 24 * set.context.entries.length;
  for (const { value } of flat) capacity += 48 + value.length;
  const writer = new ByteWriter(capacity);
  writeCausality(writer, set.context, flat);
  for (const version of flat) writePayload(writer, version);
  return writer.finish();
}

/**
 * Reads what `encodeVersions` wrote; throws `CodecError` for anything that it would not write. Values
 * are views of `bytes`, which must not change afterwards.
 */
export function decodeVersions(bytes: Uint8Array): VersionSet {
  const reader = new ByteReader(bytes);
  const { context, dots } = readCausality(reader);
  const siblings = dots.map((dot) => readPayload(reader, dot));
  reader.end();
  return collapse({ context, siblings });
}

/**
 * The operation ids of an encoded set, twins included, ascending by dot: without decoding the rest. Throws
 * `CodecError` when the bytes are cut short.
 */
export function operationIdsOf(encoded: Uint8Array): string[] {
  const reader = new ByteReader(encoded);
  const ids: string[] = [];
  for (let count = skipCausality(reader); count > 0; count--) {
    const flags = reader.uint8();
    decodeStamp(reader);
    ids.push(readOperationId(reader));
    if ((flags & EXPIRES) !== 0) reader.varint();
    if ((flags & TOMBSTONE) === 0) reader.block();
  }
  return ids;
}

function writePayload(writer: ByteWriter, version: Version): void {
  const { stamp, operationId, tombstone, encoding, expiresAtMs, value } = version;
  const code = ENCODINGS.indexOf(encoding);
  writer.uint8(code + (tombstone ? TOMBSTONE : 0) + (expiresAtMs === undefined ? 0 : EXPIRES));
  encodeStamp(writer, stamp);
  writeOperationId(writer, operationId);
  if (expiresAtMs !== undefined) writer.varint(expiresAtMs);
  if (!tombstone) writer.block(value);
}

function readPayload(reader: ByteReader, dot: Dot): Version {
  const flags = reader.uint8();
  const encoding = ENCODINGS[flags & 3];
  if (flags > KNOWN || encoding === undefined) throw new CodecError(`unknown flags ${flags}`);
  const tombstone = (flags & TOMBSTONE) !== 0;
  return {
    dot,
    stamp: decodeStamp(reader),
    operationId: readOperationId(reader),
    tombstone,
    encoding,
    expiresAtMs: (flags & EXPIRES) === 0 ? undefined : reader.varint(),
    value: tombstone ? NO_VALUE : reader.block(),
  };
}
