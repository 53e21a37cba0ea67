import {
  assert,
  ByteReader,
  ByteWriter,
  CodecError,
  decodeUtf8,
  encodeUtf8,
  isNodeId,
  type NodeId,
} from "@coterie/core";
import type { Owner } from "@coterie/hash-ring";

const FORMAT = 3;
const PHASES = ["stable", "joining", "switched"] as const;
const KINDS = ["join", "leave", "replace", "remove", "weight"] as const;
const FLAGS = ["acceptLoss", "aborting", "paused"] as const;
/** Beside the flags: a throttle follows. Whoever does not know it must not copy as if there were none. */
const THROTTLED = 1 << FLAGS.length;
const PARTITIONS_MAX = 65_536;
const CHANGE_ID = /^[0-9a-f]{16}$/;

/** Who owns the hash space, under which epoch. Everything else about placement is a pure function of it (design §9). */
export interface RingRecord {
  /** 1 for the ring of the cluster's birth; 0 never names a ring. */
  readonly epoch: number;
  /** Q: a power of two up to 65,536, fixed at birth. */
  readonly partitions: number;
  /** `joining` and `switched`: a change is on its way, and writes go to old and new owners. */
  readonly phase: (typeof PHASES)[number];
  /** By id, ascending. While a change is on its way: the old ones. */
  readonly owners: readonly Owner[];
  /** The new owners, by id, ascending; empty exactly when stable. */
  readonly next: readonly Owner[];
  /** Undefined exactly when stable. */
  readonly change: RecordedChange | undefined;
  /** Nodes that were removed for good, ascending: they are refused for ever. */
  readonly removed: readonly NodeId[];
}

/** The ring change that is on its way. */
export interface RecordedChange {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly kind: (typeof KINDS)[number];
  /** Whom it is about, in the order in which the operator named them. */
  readonly nodes: readonly NodeId[];
  /** It goes on although some gained partition has fewer sources than would prove it complete. */
  readonly acceptLoss: boolean;
  /** It is being taken back: the next stable ring is that of the old owners. */
  readonly aborting: boolean;
  /** Nothing is copied until an operator resumes it. */
  readonly paused: boolean;
  /** What each node that copies may fetch, bytes a second, at least 1; undefined: it yields to clients. */
  readonly throttle?: number;
}

/** The record of a ring that nobody is changing. */
export function stableRing(
  ring: Pick<RingRecord, "epoch" | "partitions" | "owners"> & Partial<Pick<RingRecord, "removed">>,
): RingRecord {
  return { removed: [], ...ring, phase: "stable", next: [], change: undefined };
}

/** Canonical: one record, one encoding, whatever the order of its owners. */
export function encodeRingRecord(record: RingRecord): Uint8Array {
  const { owners, next, change, removed } = record;
  const writer = new ByteWriter(64 + 32 * (owners.length + next.length))
    .uint8(FORMAT)
    .varint(record.epoch)
    .varint(record.partitions)
    .uint8(PHASES.indexOf(record.phase));
  writeOwners(writer, owners);
  writeOwners(writer, next);
  writeIds(writer, [...removed].sort());
  if (change !== undefined) writeChange(writer, change);
  return writer.finish();
}

/** Throws `CodecError` when the bytes are not a ring record, or one of another format. */
export function decodeRingRecord(bytes: Uint8Array): RingRecord {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  if (format !== FORMAT) throw new CodecError(`a ring record of format ${format}`);
  const epoch = reader.varint();
  if (epoch === 0) throw new CodecError("a ring record with epoch 0");
  const partitions = reader.varint();
  if (partitions > PARTITIONS_MAX || !Number.isInteger(Math.log2(partitions))) {
    throw new CodecError(`a ring record with ${partitions} partitions`);
  }
  const phase = PHASES[reader.uint8()];
  if (phase === undefined) throw new CodecError("a ring record in an unknown phase");
  const owners = readOwners(reader);
  const next = readOwners(reader);
  const removed = readIds(reader);
  const change = phase === "stable" ? undefined : readChange(reader);
  reader.end();
  if (owners.length === 0) throw new CodecError("a ring record without owners");
  if ((next.length === 0) !== (phase === "stable")) {
    throw new CodecError(`a ring record in phase ${phase} with ${next.length} new owners`);
  }
  if (!isAscending(removed)) throw new CodecError("removed nodes out of order");
  return { epoch, partitions, phase, owners, next, change, removed };
}

function writeOwners(writer: ByteWriter, owners: readonly Owner[]): void {
  writer.varint(owners.length);
  for (const { id, weight, zone, seat = id } of [...owners].sort(byId)) {
    assert(isNodeId(id) && isNodeId(seat), `"${id}" or "${seat}" is not a node id`);
    writer.block(encodeUtf8(id)).varint(weight).block(encodeUtf8(zone)).block(encodeUtf8(seat));
  }
}

function byId(a: Owner, b: Owner): number {
  return a.id < b.id ? -1 : 1;
}

function readOwners(reader: ByteReader): Owner[] {
  const owners: Owner[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const id = readId(reader);
    const weight = reader.varint();
    const zone = decodeUtf8(reader.block());
    const seat = readId(reader);
    if (weight < 1 || weight > 100) throw new CodecError(`an owner of weight ${weight}`);
    owners.push(seat === id ? { id, weight, zone } : { id, weight, zone, seat });
  }
  if (!isAscending(owners.map(({ id }) => id))) throw new CodecError("owners out of order");
  return owners;
}

function writeChange(writer: ByteWriter, change: RecordedChange): void {
  assert(CHANGE_ID.test(change.id), `"${change.id}" is not the id of a ring change`);
  const { throttle } = change;
  const flags = FLAGS.reduce((sum, flag, i) => sum + (change[flag] ? 1 << i : 0), 0);
  writer.block(encodeUtf8(change.id)).uint8(KINDS.indexOf(change.kind));
  writer.uint8(flags + (throttle === undefined ? 0 : THROTTLED));
  writeIds(writer, change.nodes);
  if (throttle !== undefined) writer.varint(throttle);
}

function readChange(reader: ByteReader): RecordedChange {
  const id = decodeUtf8(reader.block());
  if (!CHANGE_ID.test(id)) throw new CodecError("a ring change with a malformed id");
  const kind = KINDS[reader.uint8()];
  if (kind === undefined) throw new CodecError("a ring change of an unknown kind");
  const flags = reader.uint8();
  if (flags >= 2 * THROTTLED) throw new CodecError("a ring change with unknown flags");
  const [acceptLoss, aborting, paused] = FLAGS.map((_, i) => (flags & (1 << i)) !== 0);
  const nodes = readIds(reader);
  const change = { id, kind, nodes, acceptLoss: acceptLoss!, aborting: aborting!, paused: paused! };
  if ((flags & THROTTLED) === 0) return change;
  const throttle = reader.varint();
  if (throttle === 0) throw new CodecError("a ring change that may copy nothing");
  return { ...change, throttle };
}

function writeIds(writer: ByteWriter, ids: readonly NodeId[]): void {
  writer.varint(ids.length);
  for (const id of ids) {
    assert(isNodeId(id), `"${id}" is not a node id`);
    writer.block(encodeUtf8(id));
  }
}

function readIds(reader: ByteReader): NodeId[] {
  const ids: NodeId[] = [];
  for (let left = reader.varint(); left > 0; left--) ids.push(readId(reader));
  return ids;
}

function readId(reader: ByteReader): NodeId {
  const id = decodeUtf8(reader.block());
  if (!isNodeId(id)) throw new CodecError(`a ring record that names "${id}"`);
  return id;
}

function isAscending(ids: readonly NodeId[]): boolean {
  return ids.every((id, i) => i === 0 || ids[i - 1]! < id);
}
