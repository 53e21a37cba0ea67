import {
  assert,
  ByteReader,
  ByteWriter,
  CodecError,
  decodeUtf8,
  encodeUtf8,
  isNodeId,
} from "@coterie/core";
import type { Owner } from "@coterie/hash-ring";

const FORMAT = 1;
const PHASES = ["stable"] as const;
const PARTITIONS_MAX = 65_536;

/**
 * Who owns the hash space, under which epoch. Everything else about placement is a pure function of it.
 * A ring change will add the phases `joining` and `switched` with the new owners.
 */
export interface RingRecord {
  /** 1 for the ring of the cluster's birth; 0 never names a ring. */
  readonly epoch: number;
  /** Q: a power of two up to 65,536, fixed at birth. */
  readonly partitions: number;
  /** By id, ascending. */
  readonly owners: readonly Owner[];
  readonly phase: (typeof PHASES)[number];
}

/** Canonical: one record, one encoding, whatever the order of its owners. */
export function encodeRingRecord(record: RingRecord): Uint8Array {
  const writer = new ByteWriter(64 + 32 * record.owners.length)
    .uint8(FORMAT)
    .varint(record.epoch)
    .varint(record.partitions)
    .uint8(PHASES.indexOf(record.phase))
    .varint(record.owners.length);
  const owners = [...record.owners].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, weight, zone } of owners) {
    assert(isNodeId(id), `"${id}" is not a node id`);
    writer.block(encodeUtf8(id)).varint(weight).block(encodeUtf8(zone));
  }
  return writer.finish();
}

/** Throws `CodecError` when the bytes are not a ring record, or one of a newer format. */
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
  const owners: Owner[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const id = decodeUtf8(reader.block());
    const weight = reader.varint();
    const zone = decodeUtf8(reader.block());
    const last = owners.at(-1);
    if (!isNodeId(id)) throw new CodecError(`a ring record with the owner "${id}"`);
    if (weight < 1 || weight > 100) throw new CodecError(`an owner of weight ${weight}`);
    if (last !== undefined && last.id >= id) throw new CodecError("owners out of order");
    owners.push({ id, weight, zone });
  }
  reader.end();
  if (owners.length === 0) throw new CodecError("a ring record without owners");
  return { epoch, partitions, owners, phase };
}
