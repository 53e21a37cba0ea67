import type { History } from "../history.ts";
import { acknowledged } from "./causality.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/**
 * What an acknowledged write covered stays covered. Operations that were minted more than once are left
 * out: the writer may have seen one of the twins only.
 */
export function checkResurrections(
  history: History,
  final: FinalState,
  timesMinted: ReadonlyMap<string, number>,
): Violation[] {
  const violations: Violation[] = [];
  for (const key of history.keys) {
    const live = new Set((final.get(key) ?? []).flatMap((replica) => replica.live));
    for (const write of acknowledged(history, key)) {
      for (const covered of write.covers) {
        if (!live.has(covered) || (timesMinted.get(covered) ?? 0) > 1) continue;
        violations.push({
          checker: "resurrections",
          key,
          detail: `value ${covered} is back, though ${write.kind} ${write.operationId}, acknowledged at ${write.endMs.toFixed(1)} ms, replaced it`,
        });
      }
    }
  }
  return violations;
}
