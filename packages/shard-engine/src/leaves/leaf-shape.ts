import type { TreeShape } from "@coterie/merkle-tree";

/** Leaves of all partitions together, for one N: 2 MB of sums. */
const LEAVES_TOTAL = 1 << 18;
const FAN_OUT = 16;

/**
 * The tree of one partition, the same at every node of a cluster: a function of Q alone. The number of
 * leaves is fixed, so memory is bounded however many rows there are; with 1024 partitions there are 256
 * leaves, and a damaged key among 200,000 rows costs a list of one row, among 100 million one of 380.
 */
export function leafShape(partitions: number): TreeShape {
  const leaves = Math.min(1024, Math.max(16, LEAVES_TOTAL / partitions));
  return { leaves, fanOut: FAN_OUT };
}
