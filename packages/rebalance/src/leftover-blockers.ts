import type { NodeId } from "@coterie/core";
import type { Blocker } from "./blockers.ts";
import type { NodeRingReport } from "./report.ts";

/** Who still holds rows that the ring has given to others, and what keeps it from dropping them. */
export function leftoverBlockers(reports: ReadonlyMap<NodeId, NodeRingReport>): readonly Blocker[] {
  const blockers: Blocker[] = [];
  for (const [node, { leftovers }] of [...reports].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { partitions, obstacles } = leftovers;
    if (partitions === 0) continue;
    const held = `${partitions} partition${partitions === 1 ? "" : "s"}`;
    blockers.push({ node, reason: `it still holds ${held} that it gave up` });
    for (const [other, why] of obstacles) {
      blockers.push({ node: other, reason: `${node} cannot compare with it: ${why}` });
    }
  }
  return blockers;
}
