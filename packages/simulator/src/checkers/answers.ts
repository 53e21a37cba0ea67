import type { History } from "../history.ts";
import type { Violation } from "./violation.ts";

/** Every call ends, and within its deadline. */
export function checkAnswers(history: History): Violation[] {
  const violations: Violation[] = [];
  for (const { client, address, byMs } of history.late) {
    const detail = `a call of ${client} to ${address} ended ${byMs.toFixed(0)} ms after its deadline`;
    violations.push({ checker: "answers", key: undefined, detail });
  }
  for (const { kind, key, client, outcome, startMs } of [...history.writes, ...history.reads]) {
    if (outcome !== "pending") continue;
    const detail = `a ${kind} of ${client}, begun at ${startMs.toFixed(1)} ms, has no answer`;
    violations.push({ checker: "answers", key, detail });
  }
  return violations;
}
