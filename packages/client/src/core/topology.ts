import type { NodeId, Token } from "@coterie/core";
import { type Owner, partitionOf, Ring } from "@coterie/hash-ring";
import type { Bucket, GetTopologyResponse } from "@coterie/wire";

/** Of buckets whose definition is not known yet. */
const REPLICAS_DEFAULT = 3;

/** Where keys live, as of one ring epoch. Immutable. */
export class Topology {
  readonly clusterId: Uint8Array;
  readonly epoch: number;
  readonly partitions: number;
  readonly addresses: ReadonlyMap<NodeId, string>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly #owners: readonly Owner[];
  readonly #rings = new Map<number, Ring>();

  constructor(response: GetTopologyResponse) {
    this.clusterId = response.clusterId;
    this.epoch = response.epoch;
    this.partitions = response.partitions;
    this.addresses = new Map(response.addresses.map(({ id, address }) => [id, address]));
    this.buckets = new Map(response.buckets.map((bucket) => [bucket.name, bucket]));
    this.#owners = response.owners.map(({ id, weight, zone, seat }) => {
      return { id, weight, zone, seat: seat === "" ? id : seat };
    });
  }

  /** The nodes that are to hold a key of this bucket. */
  primaries(bucket: string, token: Token): readonly NodeId[] {
    return this.primariesOf(bucket, partitionOf(token, this.partitions));
  }

  primariesOf(bucket: string, partition: number): readonly NodeId[] {
    const replicas = this.buckets.get(bucket)?.n ?? REPLICAS_DEFAULT;
    let ring = this.#rings.get(replicas);
    if (ring === undefined) {
      ring = Ring.build(this.#owners, { partitions: this.partitions, replicas });
      this.#rings.set(replicas, ring);
    }
    return ring.primaries(partition);
  }
}
