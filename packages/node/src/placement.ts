import type { NodeId } from "@coterie/core";
import { Ring } from "@coterie/hash-ring";
import type { RingRecord } from "@coterie/shard-engine";

/** Where keys live under one ring record: one `Ring` for each N that some bucket has, built when first asked for. */
export class Placement {
  readonly record: RingRecord;
  readonly #rings = new Map<number, Ring>();

  constructor(record: RingRecord) {
    this.record = record;
  }

  get epoch(): number {
    return this.record.epoch;
  }

  ring(n: number): Ring {
    let ring = this.#rings.get(n);
    if (ring === undefined) {
      ring = Ring.build(this.record.owners, { partitions: this.record.partitions, replicas: n });
      this.#rings.set(n, ring);
    }
    return ring;
  }

  isOwner(id: NodeId): boolean {
    return this.record.owners.some((owner) => owner.id === id);
  }
}
