import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";

/** The owners that will not come back, as the operator says by `remove` and `replace`. */
export function goneNodes({ change }: RingRecord): readonly NodeId[] {
  if (change?.kind === "remove") return change.nodes;
  return change?.kind === "replace" ? change.nodes.slice(0, 1) : [];
}
