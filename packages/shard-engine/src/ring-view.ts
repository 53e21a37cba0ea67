import type { NodeId } from "@coterie/core";
import { Ring } from "@coterie/hash-ring";
import type { RingRecord } from "./ring-record.ts";

/** Placement under one ring record: one `Ring` for each N, built when it is first asked for. */
export class RingView {
  readonly record: RingRecord;
  readonly #rings = new Map<number, Ring>();

  constructor(record: RingRecord) {
    this.record = record;
  }

  ring(n: number): Ring {
    let ring = this.#rings.get(n);
    if (ring === undefined) {
      ring = Ring.build(this.record.owners, { partitions: this.record.partitions, replicas: n });
      this.#rings.set(n, ring);
    }
    return ring;
  }

  /** Whether `id` is among the first `n` of the partition's preference list. */
  owns(id: NodeId, partition: number, n: number): boolean {
    return this.ring(n).owns(id, partition);
  }
}
