import { ByteReader, ByteWriter, CodecError, type Token, xxh64 } from "@coterie/core";
import { decodeStamp, encodeStamp, type HlcStamp } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import { FOLLOWS_MAX, readFollows, writeFollows } from "./follows.ts";

/** What a client has seen of a key: it gets this with every answer and sends it with its next put. */
export interface CausalContext {
  readonly context: IntervalClock;
  /** The highest stamp seen: a `lww` put goes above it. */
  readonly stamp: HlcStamp;
  /** Operations seen that may come up again under dots that the clock does not cover. */
  readonly follows: readonly string[];
}

/** `reason` is a sentence for whoever sent the token. */
export type DecodedContext =
  | ({
      readonly type: "context";
      /** The clock as it stands in the token, a view of it: canonical, so nobody need encode it again. */
      readonly encoded: Uint8Array;
    } & CausalContext)
  | { readonly type: "invalid"; readonly reason: string };

const FORMAT = 1;
const CHECKSUM_BYTES = 8;

/**
 * The opaque bytes for clients: format, the key's token, stamp, clock, followed operations, XXH64 of all before. Every
 * format begins with its number and ends with this checksum, so that damage is told from novelty.
 * The checksum finds damage; it does not resist forgery. A clock that is encoded already goes in as it is.
 */
export function encodeContextToken(
  {
    context,
    stamp,
    follows,
  }: Omit<CausalContext, "context"> & { readonly context: IntervalClock | Uint8Array },
  token: Token,
): Uint8Array {
  const isEncoded = context instanceof Uint8Array;
  const clockBytes = isEncoded ? context.length : 24 * context.entries.length;
  const writer = new ByteWriter(32 + clockBytes + 16 * follows.length);
  writer.uint8(FORMAT).uint32(token.high).uint32(token.low);
  encodeStamp(writer, stamp);
  if (isEncoded) writer.raw(context);
  else context.encode(writer);
  writeFollows(writer, follows);
  const checksum = xxh64(writer.finish());
  return writer.uint32(checksum.high).uint32(checksum.low).finish();
}

/** Reads a client's token for the key that `token` belongs to. Never throws. */
export function decodeContextToken(bytes: Uint8Array, token: Token): DecodedContext {
  const length = bytes.length - CHECKSUM_BYTES;
  if (length < 1) {
    return invalid(`The context is cut short: ${bytes.length} bytes cannot be one.`);
  }
  const body = bytes.subarray(0, length);
  const checksum = xxh64(body);
  const tail = new ByteReader(bytes.subarray(length));
  if (tail.uint32() !== checksum.high || tail.uint32() !== checksum.low) {
    return invalid("The context is damaged or cut short: its checksum does not match.");
  }
  const reader = new ByteReader(body);
  const format = reader.uint8();
  if (format !== FORMAT) {
    return {
      type: "invalid",
      reason: `The context has format ${format}, which this node does not know (it reads ${FORMAT}): a node of another version made it. Read the key again through this node, or upgrade it.`,
    };
  }
  try {
    if (reader.uint32() !== token.high || reader.uint32() !== token.low) {
      return invalid("The context belongs to another key or bucket.");
    }
    const stamp = decodeStamp(reader);
    const from = reader.offset;
    const context = IntervalClock.decode(reader);
    const encoded = body.subarray(from, reader.offset);
    const follows = readFollows(reader);
    reader.end();
    return { type: "context", context, encoded, stamp, follows };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return invalid(`The context is malformed: ${error.message}.`);
  }
}

/** What a token says, whatever key it is of; undefined: it is none of this version. */
export function readContextToken(
  bytes: Uint8Array,
): (CausalContext & { token: Token }) | undefined {
  const reader = new ByteReader(bytes);
  if (bytes.length < 9 || reader.uint8() !== FORMAT) return undefined;
  const token: Token = { high: reader.uint32(), low: reader.uint32() };
  const decoded = decodeContextToken(bytes, token);
  return decoded.type === "invalid" ? undefined : { ...decoded, token };
}

/**
 * The token of a client that has sent `operationId` more than once: a coordinator that answered knows of its
 * own attempt alone. Bytes that are no token of this version are left as they are.
 */
export function followInContextToken(bytes: Uint8Array, operationId: string): Uint8Array {
  const read = readContextToken(bytes);
  if (read === undefined || read.follows.includes(operationId)) return bytes;
  const follows = [operationId, ...read.follows].slice(0, FOLLOWS_MAX);
  return encodeContextToken({ ...read, follows }, read.token);
}

function invalid(what: string): DecodedContext {
  const advice = "Send the bytes that a get or put of this key returned, unchanged, or none.";
  return { type: "invalid", reason: `${what} ${advice}` };
}
