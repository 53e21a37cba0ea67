import { ByteReader, ByteWriter, CodecError, isNodeId } from "@coterie/core";
import type { AcceptorState } from "./acceptor.ts";
import type { Ballot } from "./ballot.ts";
import type { Membership } from "./membership.ts";
import type { Proposal, Reply, Request } from "./message.ts";

/** The first byte of everything: a later format is refused, not misread. */
const FORMAT = 1;

const MAX_ID_LENGTH = 64;

const PREPARE = 1;
const ACCEPT = 2;
const PROMISE = 3;
const ACCEPTED = 4;
const CONFLICT = 5;

export function encodeAcceptorState({ promised, accepted }: AcceptorState): Uint8Array {
  const writer = new ByteWriter().uint8(FORMAT);
  writeBallot(writer, promised);
  writeOptional(writer, accepted, writeProposal);
  return writer.finish();
}

/** Throws `CodecError` for bytes that no state has. */
export function decodeAcceptorState(bytes: Uint8Array): AcceptorState {
  return decode(bytes, (reader) => ({
    promised: readBallot(reader),
    accepted: readOptional(reader, readProposal),
  }));
}

export function encodeRequest(request: Request): Uint8Array {
  const writer = new ByteWriter().uint8(FORMAT);
  if (request.type === "prepare") writeBallot(writer.uint8(PREPARE), request.ballot);
  else writeProposal(writer.uint8(ACCEPT), request.proposal);
  return writer.finish();
}

/** Throws `CodecError` for bytes that no request has. */
export function decodeRequest(bytes: Uint8Array): Request {
  return decode(bytes, (reader) => {
    const kind = reader.uint8();
    if (kind === PREPARE) return { type: "prepare", ballot: readBallot(reader) };
    if (kind === ACCEPT) return { type: "accept", proposal: readProposal(reader) };
    throw new CodecError(`${kind} is no request`);
  });
}

export function encodeReply(reply: Reply): Uint8Array {
  const kind = { promise: PROMISE, accepted: ACCEPTED, conflict: CONFLICT }[reply.type];
  const writer = new ByteWriter().uint8(FORMAT).uint8(kind);
  writeBallot(writer, reply.ballot);
  if (reply.type === "promise") writeOptional(writer, reply.accepted, writeProposal);
  if (reply.type === "conflict") writeBallot(writer, reply.promised);
  return writer.finish();
}

/** Throws `CodecError` for bytes that no reply has. */
export function decodeReply(bytes: Uint8Array): Reply {
  return decode(bytes, (reader) => {
    const kind = reader.uint8();
    const ballot = readBallot(reader);
    if (kind === ACCEPTED) return { type: "accepted", ballot };
    if (kind === PROMISE) {
      return { type: "promise", ballot, accepted: readOptional(reader, readProposal) };
    }
    if (kind === CONFLICT) return { type: "conflict", ballot, promised: readBallot(reader) };
    throw new CodecError(`${kind} is no reply`);
  });
}

function decode<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  if (format !== FORMAT) throw new CodecError(`format ${format} of a register is not known here`);
  const value = read(reader);
  reader.end();
  return value;
}

function writeBallot(writer: ByteWriter, { counter, proposer }: Ballot): void {
  writeText(writer.varint(counter), proposer);
}

function readBallot(reader: ByteReader): Ballot {
  return { counter: reader.varint(), proposer: readText(reader) };
}

function writeProposal(writer: ByteWriter, proposal: Proposal): void {
  writeBallot(writer, proposal.ballot);
  writeMembership(writer, proposal.membership);
  const changes = proposal.base.version !== proposal.membership.version;
  writeOptional(writer, changes ? proposal.base : undefined, writeMembership);
  writeOptional(writer, proposal.value, (to, value) => to.block(value));
}

function readProposal(reader: ByteReader): Proposal {
  const ballot = readBallot(reader);
  const membership = readMembership(reader);
  const base = readOptional(reader, readMembership);
  if (base?.version === membership.version) throw new CodecError("a base is repeated");
  const value = readOptional(reader, (from) => from.block().slice());
  return { ballot, base: base ?? membership, membership, value };
}

function writeMembership(writer: ByteWriter, { version, sets }: Membership): void {
  writer.varint(version).varint(sets.length);
  for (const set of sets) {
    writer.varint(set.length);
    for (const id of set) writeText(writer, id);
  }
}

function readMembership(reader: ByteReader): Membership {
  const version = reader.varint();
  const sets = readList(reader, () => readList(reader, () => readText(reader)));
  if (sets.length === 0 || sets.some((set) => set.length === 0)) {
    throw new CodecError("a set of acceptors is empty");
  }
  return { version, sets };
}

function readList<T>(reader: ByteReader, read: () => T): T[] {
  const list: T[] = [];
  for (let count = reader.varint(); count > 0; count--) list.push(read());
  return list;
}

function writeOptional<T>(
  writer: ByteWriter,
  value: T | undefined,
  write: (writer: ByteWriter, value: T) => void,
): void {
  writer.uint8(value === undefined ? 0 : 1);
  if (value !== undefined) write(writer, value);
}

function readOptional<T>(reader: ByteReader, read: (reader: ByteReader) => T): T | undefined {
  const present = reader.uint8();
  if (present > 1) throw new CodecError(`${present} is neither present nor absent`);
  return present === 1 ? read(reader) : undefined;
}

/** Ids are plain ASCII (see `isNodeId`), so that a character is a byte. */
function writeText(writer: ByteWriter, text: string): void {
  writer.varint(text.length);
  for (let i = 0; i < text.length; i++) writer.uint8(text.charCodeAt(i));
}

function readText(reader: ByteReader): string {
  const bytes = reader.block();
  const text = bytes.length > MAX_ID_LENGTH ? "" : String.fromCharCode(...bytes);
  if (bytes.length > 0 && !isNodeId(text)) throw new CodecError("an id is malformed");
  return text;
}
