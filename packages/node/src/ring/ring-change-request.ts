import { isNodeId } from "@coterie/core";
import { type ChangeRequest, nodesOf } from "@coterie/rebalance";
import type { BeginRingChangeRequest } from "@coterie/wire";

/** What the operator asks for, or a sentence on why it cannot be meant. */
export function changeFromWire({ change }: BeginRingChangeRequest): ChangeRequest | string {
  const request = requestOf(change);
  if (request === undefined) return "the request names no change of the ring";
  const wrong = nodesOf(request).find((id) => !isNodeId(id));
  return wrong === undefined ? request : `"${wrong}" is not a node id`;
}

function requestOf(change: BeginRingChangeRequest["change"]): ChangeRequest | undefined {
  switch (change.case) {
    case "join": {
      const { nodes, zone, weight } = change.value;
      return {
        kind: "join",
        nodes: nodes.map((id) => ({ id, zone, weight: weight === 0 ? 1 : weight })),
      };
    }
    case "leave":
      return { kind: "leave", nodes: change.value.nodes };
    case "replace":
      return { kind: "replace", old: change.value.old, by: change.value.by };
    case "remove":
      return { kind: "remove", nodes: change.value.nodes };
    case "weigh":
      return { kind: "weight", node: change.value.node, weight: change.value.weight };
    case undefined:
      return undefined;
  }
}
