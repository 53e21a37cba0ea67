import type { NodeEvent } from "@coterie/node";
import type { CallReceipt } from "./history.ts";

/** What a run may bring the protocols to. A batch of runs that never reached one of them says so. */
export const PROTOCOL_STATES = [
  "cluster founded",
  "join asked",
  "join refused",
  "joined with data to come",
  "joined as one that lost its data",
  "member alive",
  "member suspect",
  "member dead",
  "circuit opened",
  "circuit closed",
  "node degraded",
  "peer refused",
  "bucket learnt",
  "ring installed",
  "ring joining",
  "ring switched",
  "ring stable again",
  "ring change paused",
  "ring change on its way back",
  "ring change aborted",
  "ring forced",
  "join begun",
  "leave begun",
  "weight begun",
  "replace begun",
  "remove begun",
  "owner removed",
  "order refused",
  "order in doubt",
  "partition copied",
  "removed node barred",
  "partition recovered",
  "recovery blocked",
  "replicas differed",
  "collection voted",
  "partition swept",
  "sweep refused",
  "rows collected",
  "clock folded",
  "row changed since the vote",
  "collection heard of",
  "tombstones collected",
  "collection unequal",
  "collection blocked",
  "hints drained",
  "hint kept",
  "hint dropped",
  "hints full",
  "leftover dropped",
  "fallback acknowledges",
  "read meets a fallback",
  "retry finds its operation",
  "operation minted twice",
  "siblings",
  "shard refuses a write",
  "commit fails",
  "node fault",
] as const;

export type ProtocolState = (typeof PROTOCOL_STATES)[number];

/** Which state a node's event shows; undefined: none of interest. */
export function stateOfEvent(event: NodeEvent): ProtocolState | undefined {
  switch (event.type) {
    case "born":
      return "cluster founded";
    case "joining":
      return "join asked";
    case "joinRefused":
      return "join refused";
    case "joined":
      return event.recovering ? "joined as one that lost its data" : "joined with data to come";
    case "member":
      if (event.change === "suspected") return "member suspect";
      return event.change === "dead" ? "member dead" : "member alive";
    case "circuit":
      return event.isOpen ? "circuit opened" : "circuit closed";
    case "degraded":
      return event.reason === undefined ? undefined : "node degraded";
    case "peerRefused":
      return "peer refused";
    case "bucketKnown":
      return "bucket learnt";
    case "collectionRound":
      if (event.outcome === "collected") return "tombstones collected";
      return event.outcome === "blocked" ? "collection blocked" : "collection unequal";
    case "ringInstalled":
      return "ring installed";
    case "barred":
      return "removed node barred";
    case "hintsDrained":
      return event.drained > 0 ? "hints drained" : undefined;
    case "recoveryRound":
      return event.recovered > 0 ? "partition recovered" : "recovery blocked";
    case "replicasDiffered":
      return "replicas differed";
    case "fault":
      return "node fault";
    default:
      return undefined;
  }
}

/** Which state a receipt shows. */
export function stateOfReceipt(
  kind: "get" | "put" | "delete",
  receipt: CallReceipt,
): ProtocolState | undefined {
  if (receipt.primaries >= receipt.acknowledged.length) return undefined;
  return kind === "get" ? "read meets a fallback" : "fallback acknowledges";
}
