import type { NodeId } from "@coterie/core";
import type { NodeEvent } from "@coterie/node";
import type { EventLog } from "./event-log.ts";

/**
 * Notes what a node says of itself. The stack of a fault names files of the installation: it stands beside the log,
 * else the digest of a seed would differ by directory.
 */
export function logNodeEvent(log: EventLog, node: NodeId, event: NodeEvent): void {
  if (event.type !== "fault") {
    log.add(node, JSON.stringify(event));
    return;
  }
  const [detail = "", ...stack] = event.detail.split(/\n(?= {4}at )/);
  const aside = stack.length === 0 ? undefined : stack.join("\n");
  log.add(node, JSON.stringify({ ...event, detail }), undefined, aside);
}
