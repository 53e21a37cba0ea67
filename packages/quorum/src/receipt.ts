import type { NodeId } from "@coterie/core";
import type { Bucket } from "./bucket.ts";
import type { Acknowledgement } from "./write-quorum.ts";

/** What stood behind an answer. */
export interface Receipt {
  /** Of the ring that the request ran under. */
  readonly epoch: number;
  /** Distinct nodes whose answer counted, in the order in which they answered. */
  readonly acknowledged: readonly NodeId[];
  /** How many of them are primaries of the key. */
  readonly primaries: number;
  /** The r or w that had to be met. */
  readonly required: number;
  /**
   * R + W > N holds by primaries alone, for the primaries that answered here and the bucket's default
   * of the other number. False says: a later (or earlier) request of the other kind may miss this one.
   */
  readonly intersects: boolean;
  /** The node that led the request. */
  readonly coordinator: NodeId;
}

/** Draws up a receipt. During a ring change the group with the fewest answers decides on `intersects`. */
export function receiptOf(facts: {
  readonly epoch: number;
  readonly coordinator: NodeId;
  readonly required: number;
  readonly acknowledged: readonly Acknowledgement[];
  readonly groups: readonly (readonly NodeId[])[];
  readonly bucket: Bucket;
  readonly kind: "r" | "w";
}): Receipt {
  const { epoch, coordinator, required, groups, bucket, kind } = facts;
  const acknowledged = facts.acknowledged.map(nodeOf);
  const other = kind === "r" ? bucket.w : bucket.r;
  let intersects = true;
  for (const group of groups) {
    if (countIn(group, acknowledged) + other <= bucket.n) intersects = false;
  }
  const primaries =
    groups.length === 1
      ? countIn(groups[0]!, acknowledged)
      : acknowledged.filter((node) => groups.some((group) => group.includes(node))).length;
  return { epoch, acknowledged, primaries, required, intersects, coordinator };
}

function nodeOf({ node }: Acknowledgement): NodeId {
  return node;
}

/** How many of the nodes are in the group. */
function countIn(group: readonly NodeId[], nodes: readonly NodeId[]): number {
  let count = 0;
  for (const node of nodes) if (group.includes(node)) count++;
  return count;
}
