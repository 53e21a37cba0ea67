import type { NodeId } from "@coterie/core";

/**
 * What operators do to the ring of a run. Nodes are named by their places: where one was given up another stands.
 * `at`: whom the operator asks.
 */
export const RING_FAULT_KINDS = [
  "ringMove",
  "ringRivals",
  "ringWeight",
  "ringPause",
  "ringAbort",
  "ringReplace",
  "ringRemove",
  "ringForce",
] as const;

export type RingFaultKind = (typeof RING_FAULT_KINDS)[number];

/** Those that need no node to be lost or down: also for runs without any other fault. */
export const PEACEFUL_RING_FAULTS: readonly RingFaultKind[] = [
  "ringMove",
  "ringRivals",
  "ringWeight",
  "ringPause",
  "ringAbort",
];

export type RingFault =
  /** Who owns nothing joins, who is an owner leaves. */
  | { readonly kind: "ringMove"; readonly nodes: readonly NodeId[]; readonly at: NodeId }
  /** Two operators do that at the same moment, each with a node of his own. */
  | {
      readonly kind: "ringRivals";
      readonly nodes: readonly [NodeId, NodeId];
      readonly at: readonly [NodeId, NodeId];
    }
  | {
      readonly kind: "ringWeight";
      readonly node: NodeId;
      readonly weight: number;
      readonly at: NodeId;
    }
  | { readonly kind: "ringPause"; readonly at: NodeId; readonly forMs: number }
  | { readonly kind: "ringAbort"; readonly at: NodeId }
  /** A node is killed for good; another takes its place on the ring, or the others share what it held. */
  | {
      readonly kind: "ringReplace" | "ringRemove";
      readonly node: NodeId;
      readonly at: NodeId;
      /** Its directory is gone too; else it is started once more when it has been removed. */
      readonly wiped: boolean;
      /** Until it is started again in vain. */
      readonly againMs: number;
    }
  /** A majority of the owners stops, an operator forces the ring without it, and then it comes back, one by one. */
  | {
      readonly kind: "ringForce";
      /** Who stops first. */
      readonly nodes: readonly NodeId[];
      readonly power: boolean;
      /** Until the operator gives them up. */
      readonly downMs: number;
    };

export function isRingFault(fault: { readonly kind: string }): fault is RingFault {
  return (RING_FAULT_KINDS as readonly string[]).includes(fault.kind);
}
