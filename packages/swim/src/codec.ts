import { ByteReader, ByteWriter, CodecError, isNodeId, type NodeId } from "@coterie/core";
import {
  ADDRESS_CHARACTERS_MAX,
  isAddress,
  METADATA_BYTES_MAX,
  type MemberRecord,
  type MemberState,
} from "./member-record.ts";
import type { Message, MessageBody } from "./messages.ts";

/** First byte of every message; another one is another format. */
const FORMAT = 1;
const STATES: readonly MemberState[] = ["alive", "suspect", "dead", "left", "forgotten"];
const BODIES: readonly MessageBody["type"][] = [
  "ping",
  "ack",
  "pingReq",
  "nack",
  "gossip",
  "syncRequest",
  "syncRange",
  "records",
];
const NACK_AFTER_MS_MAX = 3_600_000;

/** One message, one encoding. Its length is what `messageBytesMax` bounds. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter(256);
  writer.uint8(FORMAT).uint8(BODIES.indexOf(message.body.type));
  writeText(writer, message.from);
  writer.uint32(message.session).varint(message.incarnation);
  writeText(writer, message.to ?? "");
  writer.varint(message.knows);
  writeBody(writer, message.body);
  writeRecords(writer, message.updates);
  return writer.finish();
}

/** @throws CodecError for whatever `encodeMessage` would not have written. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  if (format !== FORMAT) throw new CodecError(`message format ${format}, not ${FORMAT}`);
  const type = BODIES[reader.uint8()];
  const from = readId(reader);
  const session = reader.uint32();
  const incarnation = reader.varint();
  const to = readOptionalId(reader);
  const knows = reader.varint();
  const body = readBody(reader, type);
  const updates = readRecords(reader);
  reader.end();
  return { from, session, incarnation, to, knows, body, updates };
}

function writeBody(writer: ByteWriter, body: MessageBody): void {
  switch (body.type) {
    case "ping":
    case "nack":
      writer.uint32(body.sequence);
      break;
    case "ack":
      writeText(writer.uint32(body.sequence), body.of);
      break;
    case "pingReq":
      writeText(writer.uint32(body.sequence), body.target.id);
      writeText(writer, body.target.address);
      writer.varint(body.nackAfterMs);
      break;
    case "syncRequest":
      writer.uint32(body.digest.high).uint32(body.digest.low);
      break;
    case "syncRange":
      writeText(writer, body.after ?? "");
      writeText(writer, body.upTo ?? "");
      writeRecords(writer, body.records);
      break;
    case "records":
      writeRecords(writer, body.records);
      break;
    case "gossip":
      break;
  }
}

function readBody(reader: ByteReader, type: MessageBody["type"] | undefined): MessageBody {
  switch (type) {
    case "ping":
    case "nack":
      return { type, sequence: reader.uint32() };
    case "ack":
      return { type, sequence: reader.uint32(), of: readId(reader) };
    case "pingReq": {
      const sequence = reader.uint32();
      const target = { id: readId(reader), address: readAddress(reader) };
      const nackAfterMs = reader.varint();
      if (nackAfterMs > NACK_AFTER_MS_MAX) throw new CodecError("a nack is wanted too late");
      return { type, sequence, target, nackAfterMs };
    }
    case "syncRequest":
      return { type, digest: { high: reader.uint32(), low: reader.uint32() } };
    case "syncRange": {
      const after = readOptionalId(reader);
      const upTo = readOptionalId(reader);
      return { type, after, upTo, records: readRecords(reader) };
    }
    case "records":
      return { type, records: readRecords(reader) };
    case "gossip":
      return { type };
    case undefined:
      throw new CodecError("a message of an unknown type");
  }
}

function writeRecords(writer: ByteWriter, records: readonly MemberRecord[]): void {
  writer.varint(records.length);
  for (const record of records) {
    writeText(writer, record.id);
    writeText(writer, record.address);
    writer.varint(record.incarnation).uint32(record.session).uint8(STATES.indexOf(record.state));
    writer.block(record.metadata);
    if (record.state === "suspect") writeText(writer, record.accuser ?? record.id);
  }
}

function readRecords(reader: ByteReader): MemberRecord[] {
  const count = reader.varint();
  // A record takes ten bytes at least; a count beyond that is a lie that would cost memory.
  if (count > reader.remaining / 10) throw new CodecError("more records than bytes for them");
  const records: MemberRecord[] = [];
  for (let i = 0; i < count; i++) records.push(readRecord(reader));
  return records;
}

function readRecord(reader: ByteReader): MemberRecord {
  const id = readId(reader);
  const address = readAddress(reader);
  const incarnation = reader.varint();
  const session = reader.uint32();
  const state = STATES[reader.uint8()];
  if (state === undefined) throw new CodecError("a member of an unknown state");
  const view = reader.block();
  if (view.length > METADATA_BYTES_MAX) throw new CodecError("metadata too long");
  const accuser = state === "suspect" ? readId(reader) : undefined;
  // A copy, for the record outlives the datagram; `slice` of a Node Buffer would not be one.
  const metadata = new Uint8Array(view);
  return { id, address, incarnation, session, state, metadata, accuser };
}

/** Ids and addresses are ASCII, so a character is a byte. */
function writeText(writer: ByteWriter, text: string): void {
  writer.varint(text.length);
  for (let i = 0; i < text.length; i++) writer.uint8(text.charCodeAt(i));
}

function readText(reader: ByteReader): string {
  return String.fromCharCode(...reader.raw(boundedLength(reader)));
}

function boundedLength(reader: ByteReader): number {
  const length = reader.varint();
  if (length > ADDRESS_CHARACTERS_MAX) throw new CodecError("an id or address too long");
  return length;
}

function readId(reader: ByteReader): NodeId {
  const text = readText(reader);
  if (!isNodeId(text)) throw new CodecError("not a member id");
  return text;
}

function readOptionalId(reader: ByteReader): NodeId | undefined {
  const text = readText(reader);
  if (text === "") return undefined;
  if (!isNodeId(text)) throw new CodecError("not a member id");
  return text;
}

function readAddress(reader: ByteReader): string {
  const text = readText(reader);
  if (!isAddress(text)) throw new CodecError("not an address");
  return text;
}
