import {
  assert,
  ByteReader,
  ByteWriter,
  decodeUtf8,
  encodeUtf8,
  type NodeId,
  type Random,
  randomBytes,
} from "@coterie/core";

const FORMAT = 1;

/**
 * What a data directory knows of itself: written before the node is known to anybody, and read first at
 * every start.
 */
export interface NodeBirth {
  readonly nodeId: NodeId;
  /** 16 random bytes made with the directory: another directory with the same node id is not this node. */
  readonly identity: Uint8Array;
  /** Set once the node belongs to a cluster, and never changed. */
  readonly cluster: ClusterBirth | undefined;
}

/** Which cluster a node belongs to. */
export interface ClusterBirth {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** Q. */
  readonly partitions: number;
  /** The node that founded it and remembers which first owners have started (see `FoundingGrants`). */
  readonly founder: NodeId;
}

/** A directory's first start. */
export function newBirth(nodeId: NodeId, random: Random): NodeBirth {
  return { nodeId, identity: randomBytes(random, 16), cluster: undefined };
}

export function encodeBirth(birth: NodeBirth): Uint8Array {
  assert(birth.identity.length === 16, "an identity has 16 bytes");
  const writer = new ByteWriter().uint8(FORMAT).block(encodeUtf8(birth.nodeId)).raw(birth.identity);
  if (birth.cluster === undefined) return writer.uint8(0).finish();
  const { id, partitions, founder } = birth.cluster;
  return writer.uint8(1).raw(id).varint(partitions).block(encodeUtf8(founder)).finish();
}

/** Throws `CodecError` when the bytes are not a birth record. */
export function decodeBirth(bytes: Uint8Array): NodeBirth {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  assert(format === FORMAT, `birth record of format ${format}`);
  const nodeId = decodeUtf8(reader.block());
  const identity = reader.raw(16).slice();
  const cluster =
    reader.uint8() === 0
      ? undefined
      : {
          id: reader.raw(16).slice(),
          partitions: reader.varint(),
          founder: decodeUtf8(reader.block()),
        };
  reader.end();
  return { nodeId, identity, cluster };
}
