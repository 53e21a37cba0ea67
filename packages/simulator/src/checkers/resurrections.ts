import type { History, WriteRecord } from "../history.ts";
import { acknowledged } from "./causality.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/**
 * What an acknowledged write covered stays covered. Left out are operations that were minted more than once and
 * covered by a client that had only read them: it had no way to know of a second attempt; and all that were minted
 * more than once of a crowded key, whose writes cannot name every operation that they follow.
 */
export function checkResurrections(
  history: History,
  final: FinalState,
  timesMinted: ReadonlyMap<string, number>,
  crowdedKeys: ReadonlySet<string>,
): Violation[] {
  const violations: Violation[] = [];
  const acknowledgedTo = new Map<string, string>();
  for (const { operationId, client, outcome } of history.writes) {
    if (outcome === "ok") acknowledgedTo.set(operationId, client);
  }
  const isUnforeseen = (covered: string, { client, key }: WriteRecord): boolean =>
    (timesMinted.get(covered) ?? 0) > 1 &&
    (acknowledgedTo.get(covered) !== client || crowdedKeys.has(key));
  for (const key of history.keys) {
    const live = new Set((final.get(key) ?? []).flatMap((replica) => replica.live));
    for (const write of acknowledged(history, key)) {
      for (const covered of write.covers) {
        if (!live.has(covered) || isUnforeseen(covered, write)) continue;
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
