import { ByteReader, ByteWriter, CodecError } from "@coterie/core";
import { decodeStamp, encodeStamp } from "@coterie/hybrid-clock";
import type { Dot } from "@coterie/vector-clock";
import { readCausality, skipCausality, writeCausality } from "./causality.ts";
import { FOLLOWS_MAX, readFollows, writeFollows } from "./follows.ts";
import { collapse } from "./merge.ts";
import { readOperationId, writeOperationId } from "./operation-id.ts";
import { spreadTwins } from "./twins.ts";
import type { Encoding, Version, VersionSet } from "./version.ts";

export const ENCODINGS: readonly Encoding[] = ["bytes", "utf8", "json"];

// flags: bits 0-1 the encoding, then
export const TOMBSTONE = 4;
export const EXPIRES = 8;
export const REPEATED = 16;
export const FOLLOWS = 32;
const KNOWN = 63;

const NO_VALUE = new Uint8Array(0);

/**
 * The canonical bytes of a set: its clocks (see `causalityOf`), then per dot, ascending, flags, stamp,
 * operation id, expiry if any, followed operations if any, value. Equal sets have equal bytes.
 */
export function encodeVersions(set: VersionSet): Uint8Array {
  const flat = spreadTwins(set.siblings);
  let capacity = 32 + 24 * set.context.entries.length;
  for (const { value, follows } of flat) {
    capacity += 48 + value.length + 16 * (follows?.length ?? 0);
  }
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

/** The operations of an encoded version set. */
export interface Operations {
  /** Of every sibling and twin, ascending by dot. */
  readonly present: readonly string[];
  /** Written over by name, by one of those present. */
  readonly followed: readonly string[];
  /** One of them follows as many as it can name: earlier ones may have been forgotten. */
  readonly crowded: boolean;
}

/** Reads the operations of an encoded set alone. Throws `CodecError` when the bytes are cut short. */
export function operationsOf(encoded: Uint8Array): Operations {
  const reader = new ByteReader(encoded);
  const present: string[] = [];
  const followed: string[] = [];
  let crowded = false;
  for (let count = skipCausality(reader); count > 0; count--) {
    const flags = reader.uint8();
    decodeStamp(reader);
    present.push(readOperationId(reader));
    if ((flags & EXPIRES) !== 0) reader.varint();
    if ((flags & FOLLOWS) !== 0) {
      const follows = readFollows(reader);
      followed.push(...follows);
      crowded ||= follows.length === FOLLOWS_MAX;
    }
    if ((flags & TOMBSTONE) === 0) reader.block();
  }
  return { present, followed, crowded };
}

function writePayload(writer: ByteWriter, version: Version): void {
  const { stamp, operationId, tombstone, encoding, expiresAtMs, repeated, follows, value } =
    version;
  writer.uint8(
    ENCODINGS.indexOf(encoding) +
      (tombstone ? TOMBSTONE : 0) +
      (expiresAtMs === undefined ? 0 : EXPIRES) +
      (repeated ? REPEATED : 0) +
      (follows === undefined ? 0 : FOLLOWS),
  );
  encodeStamp(writer, stamp);
  writeOperationId(writer, operationId);
  if (expiresAtMs !== undefined) writer.varint(expiresAtMs);
  if (follows !== undefined) writeFollows(writer, follows);
  if (!tombstone) writer.block(value);
}

function readPayload(reader: ByteReader, dot: Dot): Version {
  const flags = reader.uint8();
  const encoding = ENCODINGS[flags & 3];
  if (flags > KNOWN || encoding === undefined) throw new CodecError(`unknown flags ${flags}`);
  const tombstone = (flags & TOMBSTONE) !== 0;
  const version: { -readonly [Field in keyof Version]: Version[Field] } = {
    dot,
    stamp: decodeStamp(reader),
    operationId: readOperationId(reader),
    tombstone,
    encoding,
    expiresAtMs: (flags & EXPIRES) === 0 ? undefined : reader.varint(),
    value: NO_VALUE,
  };
  // One by one: spreading what is mostly absent doubled the time of decoding.
  if ((flags & REPEATED) !== 0) version.repeated = true;
  if ((flags & FOLLOWS) !== 0) version.follows = someFollows(reader);
  if (!tombstone) version.value = reader.block();
  return version;
}

function someFollows(reader: ByteReader): readonly string[] {
  const follows = readFollows(reader);
  if (follows.length === 0) throw new CodecError("no operation is followed, but that is marked");
  return follows;
}
