import {
  type AcceptorSets,
  decodeAcceptorState,
  encodeAcceptorState,
  type Membership,
  NO_BALLOT,
} from "@coterie/caspaxos";
import {
  ByteReader,
  ByteWriter,
  CodecError,
  decodeUtf8,
  encodeUtf8,
  isNodeId,
  type NodeId,
} from "@coterie/core";
import { decodeRingRecord, encodeRingRecord, type RingRecord } from "@coterie/shard-engine";

const FORMAT = 1;

/** What the ring register holds (design §9). */
export interface RegisterValue {
  /** 1 at birth, one more with each write. */
  readonly version: number;
  readonly record: RingRecord;
  /**
   * Who decides: the acceptor of each owner, old or new, as it was last known. An owner that was never
   * met has none, and no say yet.
   */
  readonly acceptors: ReadonlyMap<NodeId, string>;
  /** Drawn when the register was forced, and kept: two that were forced at once are two. Absent: as it was born. */
  readonly origin?: string | undefined;
}

/** The newest that a node knows of the register. */
export interface RegisterState {
  /** 1; one more each time that a ring was forced past a majority that is gone for good. */
  readonly generation: number;
  readonly value: RegisterValue;
  /** Known to be chosen: a proposer may begin with it. */
  readonly membership: Membership;
}

/** Whether `a` tells more than `b`. Neither does of two registers that were forced beside one another. */
export function isNewerState(a: RegisterState, b: RegisterState): boolean {
  if (a.generation === b.generation && a.value.origin !== b.value.origin) return false;
  if (a.generation !== b.generation) return a.generation > b.generation;
  return a.value.version > b.value.version;
}

/** Majorities of the old owners *and* of the new, of those that have acceptors. */
export function acceptorSetsOf({ record, acceptors }: RegisterValue): AcceptorSets {
  return [record.owners, record.next]
    .map((owners) => owners.flatMap(({ id }) => acceptors.get(id) ?? []))
    .filter((set) => set.length > 0);
}

/** Canonical: one value, one encoding. */
export function encodeRegisterValue(value: RegisterValue): Uint8Array {
  const { version, record, acceptors, origin } = value;
  const writer = new ByteWriter(256).uint8(FORMAT).varint(version);
  writer.block(encodeRingRecord(record)).varint(acceptors.size);
  for (const owner of [...acceptors.keys()].sort()) {
    writer.block(encodeUtf8(owner)).block(encodeUtf8(acceptors.get(owner)!));
  }
  if (origin !== undefined) writer.block(encodeUtf8(origin));
  return writer.finish();
}

/** Throws `CodecError` for bytes that are no value. */
export function decodeRegisterValue(bytes: Uint8Array): RegisterValue {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  if (format !== FORMAT) throw new CodecError(`a ring register of format ${format}`);
  const version = reader.varint();
  const record = decodeRingRecord(reader.block());
  const acceptors = new Map<NodeId, string>();
  for (let left = reader.varint(); left > 0; left--) {
    const owner = decodeUtf8(reader.block());
    const acceptor = decodeUtf8(reader.block());
    if (!isNodeId(owner) || !isNodeId(acceptor)) throw new CodecError("a malformed acceptor");
    acceptors.set(owner, acceptor);
  }
  const origin = reader.remaining > 0 ? decodeUtf8(reader.block()) : undefined;
  reader.end();
  return { version, record, acceptors, origin };
}

/** The register is kept as an acceptor would keep it that had accepted what was chosen. */
export function encodeRegisterState({ generation, value, membership }: RegisterState): Uint8Array {
  const chosen = { ballot: NO_BALLOT, base: membership, membership };
  const accepted = { ...chosen, value: encodeRegisterValue(value) };
  const state = encodeAcceptorState({ promised: NO_BALLOT, accepted });
  return new ByteWriter(state.length + 8).varint(generation).raw(state).finish();
}

/** Throws `CodecError` for bytes that are no state. */
export function decodeRegisterState(bytes: Uint8Array): RegisterState {
  const reader = new ByteReader(bytes);
  const generation = reader.varint();
  const { accepted } = decodeAcceptorState(reader.raw(reader.remaining));
  if (accepted?.value === undefined) throw new CodecError("a ring register without a value");
  return {
    generation,
    value: decodeRegisterValue(accepted.value),
    membership: accepted.membership,
  };
}
