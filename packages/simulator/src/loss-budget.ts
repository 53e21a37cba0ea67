import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/**
 * Whether this node's disk may be lost, within the budget that the design promises to survive (§10): all that lost one
 * are whole again, and no operation that `matters` depends on this disk alone.
 */
export async function mayLose(
  cluster: SimulatedCluster,
  node: SimulatedNode,
  matters: (operationId: string) => boolean,
): Promise<boolean> {
  if (!(await cluster.isWhole()) || cluster.gone.has(node)) return false;
  return registerSurvives(cluster.ring.record, node.id) && cluster.watch.canLose(node.id, matters);
}

/** Its disk was lost, whole or in part: that counts as the whole, which is more than it may be. */
export function noteLoss({ watch, mending }: SimulatedCluster, node: SimulatedNode): void {
  watch.lose(node.id);
  mending.add(node);
}

/** Of two acceptors both are the majority. */
function registerSurvives({ owners, next }: RingRecord, id: NodeId): boolean {
  return [owners, next].every((set) => set.length > 2 || !set.some((owner) => owner.id === id));
}
