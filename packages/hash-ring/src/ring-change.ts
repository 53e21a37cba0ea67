import type { NodeId } from "@coterie/core";
import type { Ring } from "./ring.ts";

/** What a change of owners moves, for one N. */
export interface RingChange {
  /** The partitions that each node is to copy, ascending. Nodes that gain none are absent. */
  readonly gained: ReadonlyMap<NodeId, readonly number[]>;
  /** The partitions that each node gives up, ascending. Nodes that lose none are absent. */
  readonly lost: ReadonlyMap<NodeId, readonly number[]>;
  /** How many (node, partition) pairs are gained: what has to be copied. */
  readonly movedReplicas: number;
  /**
   * The fewest copies that could have brought every node from as many partitions as it had to as many
   * as it has. Bounded loads move more than that: who loses a partition to a newcomer takes another.
   */
  readonly minimumReplicas: number;
}

/**
 * Compares two rings of one cluster, node by node. Both must have the same Q and N, which a bucket
 * never changes; throws a `RangeError` otherwise.
 */
export function compareRings(before: Ring, after: Ring): RingChange {
  if (before.partitions !== after.partitions || before.replicas !== after.replicas) {
    throw new RangeError(
      `Only rings of the same Q and N can be compared, not Q=${before.partitions} N=${before.replicas} ` +
        `with Q=${after.partitions} N=${after.replicas}.`,
    );
  }
  const gained = new Map<NodeId, readonly number[]>();
  const lost = new Map<NodeId, readonly number[]>();
  let movedReplicas = 0;
  let minimumReplicas = 0;
  const ids = new Set([...before.owners, ...after.owners].map(({ id }) => id));
  for (const id of [...ids].sort()) {
    const held = before.partitionsOf(id);
    const holds = after.partitionsOf(id);
    const gains = holds.filter((partition) => !before.owns(id, partition));
    const losses = held.filter((partition) => !after.owns(id, partition));
    if (gains.length > 0) gained.set(id, gains);
    if (losses.length > 0) lost.set(id, losses);
    movedReplicas += gains.length;
    minimumReplicas += Math.max(0, holds.length - held.length);
  }
  return { gained, lost, movedReplicas, minimumReplicas };
}
