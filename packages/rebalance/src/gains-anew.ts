import type { NodeId } from "@coterie/core";
import type { RingView } from "@coterie/shard-engine";

/**
 * Whether `node`, when it comes from one ring to another, must first discard what it holds of a partition in
 * buckets of this N (design §9.4): it begins to gain it under a change that it did not serve under before.
 *
 * That it was to hold the partition under the ring it comes from proves nothing: that change may have been
 * taken back since, or another may have given the partition away, with deletions collected in between.
 */
export function gainsAnew(
  from: RingView,
  to: RingView,
  node: NodeId,
  partition: number,
  n: number,
): boolean {
  const { change } = to.record;
  if (change === undefined || change.id === from.record.change?.id) return false;
  return to.gainers(partition, n).includes(node);
}
