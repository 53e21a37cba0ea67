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
  const { epoch, coordinator, required, bucket, kind } = facts;
  const acknowledged = facts.acknowledged.map(({ node }) => node);
  const other = kind === "r" ? bucket.w : bucket.r;
  return {
    epoch,
    acknowledged,
    primaries: acknowledged.filter((node) => facts.groups.some((group) => group.includes(node)))
      .length,
    required,
    intersects: facts.groups.every(
      (group) => acknowledged.filter((node) => group.includes(node)).length + other > bucket.n,
    ),
    coordinator,
  };
}
