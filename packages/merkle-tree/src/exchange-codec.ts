import { ByteReader, ByteWriter, CodecError } from "@coterie/core";
import {
  readDigests,
  readIndexes,
  readToken,
  writeDigests,
  writeIndexes,
  writeToken,
} from "./digest-codec.ts";
import type { ExchangeReply, ExchangeRequest, Item, LeafItems } from "./exchange-message.ts";

const COMPARE = 1;
const LIST = 2;
const LIST_AFTER = 3;
const DIFFERING = 4;
const ITEMS = 5;
const ITEMS_UNFINISHED = 6;
const REFUSED = 7;

/** No tree is larger, so no node number in a message is. */
const MAX_LEAVES = 0x10_0000;

export function encodeExchangeRequest(request: ExchangeRequest): Uint8Array {
  const writer = new ByteWriter(request.type === "compare" ? 32 + 9 * request.nodes.length : 64);
  if (request.type === "compare") writer.uint8(COMPARE);
  else writer.uint8(request.after === undefined ? LIST : LIST_AFTER);
  writer.varint(request.sequence).varint(request.shape.leaves).varint(request.shape.fanOut);
  if (request.type === "compare") {
    writeDigests(writer.varint(request.level), request.nodes);
  } else {
    writeIndexes(writer, request.leaves);
    if (request.after !== undefined) writer.block(request.after);
  }
  return writer.finish();
}

/** Throws `CodecError` for bytes that no request has. */
export function decodeExchangeRequest(bytes: Uint8Array): ExchangeRequest {
  const reader = new ByteReader(bytes);
  const kind = reader.uint8();
  const sequence = reader.varint();
  const shape = { leaves: reader.varint(), fanOut: reader.varint() };
  if (shape.leaves > MAX_LEAVES) throw new CodecError("no tree has so many leaves");
  let request: ExchangeRequest;
  if (kind === COMPARE) {
    const level = reader.varint();
    request = { type: "compare", sequence, shape, level, nodes: readDigests(reader, shape.leaves) };
  } else if (kind === LIST || kind === LIST_AFTER) {
    const leaves = readIndexes(reader, shape.leaves);
    const after = kind === LIST_AFTER ? reader.block().slice() : undefined;
    request = { type: "list", sequence, shape, leaves, after };
  } else {
    throw new CodecError(`${kind} is no exchange request`);
  }
  reader.end();
  return request;
}

export function encodeExchangeReply(reply: ExchangeReply): Uint8Array {
  const writer = new ByteWriter(256);
  if (reply.type === "differing") {
    writer.uint8(DIFFERING).varint(reply.sequence);
    writeIndexes(writer, reply.differing);
    writeIndexes(writer, reply.empty);
  } else if (reply.type === "items") {
    writer.uint8(reply.unfinished ? ITEMS_UNFINISHED : ITEMS).varint(reply.sequence);
    writer.varint(reply.leaves.length);
    for (const { leaf, items } of reply.leaves) {
      writer.varint(leaf).varint(items.length);
      for (const { key, hash } of items) writeToken(writer.block(key), hash);
    }
  } else {
    const { leaves, fanOut } = reply.shape;
    writer.uint8(REFUSED).varint(reply.sequence).varint(leaves).varint(fanOut);
  }
  return writer.finish();
}

/** Throws `CodecError` for bytes that no reply has. */
export function decodeExchangeReply(bytes: Uint8Array): ExchangeReply {
  const reader = new ByteReader(bytes);
  const kind = reader.uint8();
  const sequence = reader.varint();
  let reply: ExchangeReply;
  if (kind === DIFFERING) {
    const differing = readIndexes(reader, MAX_LEAVES);
    const empty = readIndexes(reader, MAX_LEAVES);
    reply = { type: "differing", sequence, differing, empty };
  } else if (kind === ITEMS || kind === ITEMS_UNFINISHED) {
    const leaves: LeafItems[] = [];
    for (let count = reader.varint(); count > 0; count--) leaves.push(readLeafItems(reader));
    reply = { type: "items", sequence, leaves, unfinished: kind === ITEMS_UNFINISHED };
  } else if (kind === REFUSED) {
    const shape = { leaves: reader.varint(), fanOut: reader.varint() };
    reply = { type: "refused", sequence, shape };
  } else {
    throw new CodecError(`${kind} is no exchange reply`);
  }
  reader.end();
  return reply;
}

function readLeafItems(reader: ByteReader): LeafItems {
  const leaf = reader.varint();
  const items: Item[] = [];
  for (let count = reader.varint(); count > 0; count--) {
    items.push({ key: reader.block().slice(), hash: readToken(reader) });
  }
  return { leaf, items };
}

/** What an item takes in a message, in bytes: for whoever must keep within a bound. */
export function itemBytes(item: Item): number {
  return item.key.length + 8 + (item.key.length < 0x80 ? 1 : 2);
}
