import type { History } from "../history.ts";
import { accountedFor, acknowledged } from "./causality.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/**
 * An acknowledged put is gone only when a later write covered it. A delete leaves nothing that a client
 * could see and a later put replaces its tombstone unknowingly: what it owes is that nothing comes back
 * (see `checkResurrections`).
 */
export function checkLostWrites(history: History, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  for (const key of history.keys) {
    const held = new Set((final.get(key) ?? []).flatMap((replica) => replica.operations ?? []));
    const accounted = accountedFor(history, key, held);
    for (const write of acknowledged(history, key)) {
      if (write.kind === "delete" || accounted.has(write.operationId)) continue;
      violations.push({
        checker: "lost writes",
        key,
        detail: `put ${write.operationId} of ${write.client} was acknowledged at ${write.endMs.toFixed(1)} ms; no replica holds it, nor any write that covers it`,
      });
    }
  }
  return violations;
}
