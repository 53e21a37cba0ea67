import type { History, WriteRecord } from "../history.ts";
import { acknowledged } from "./causality.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/**
 * What an acknowledged write covered stays covered. Left out are operations that were minted more than once and
 * covered by another client than their own, which had no way to know that there was a second attempt.
 */
export function checkResurrections(
  history: History,
  final: FinalState,
  timesMinted: ReadonlyMap<string, number>,
): Violation[] {
  const violations: Violation[] = [];
  const clients = new Map<string, string>();
  for (const { operationId, client } of history.writes) clients.set(operationId, client);
  const isAnothersTwin = (covered: string, { client }: WriteRecord): boolean =>
    (timesMinted.get(covered) ?? 0) > 1 && clients.get(covered) !== client;
  for (const key of history.keys) {
    const live = new Set((final.get(key) ?? []).flatMap((replica) => replica.live));
    for (const write of acknowledged(history, key)) {
      for (const covered of write.covers) {
        if (!live.has(covered) || isAnothersTwin(covered, write)) continue;
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
