import type { History } from "../history.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/** A write whose client was told "failed: nothing was done" shows up nowhere, ever. */
export function checkFailedWrites(history: History, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const failed = (operation: string): boolean => {
    const outcome = history.write(operation)?.outcome;
    return outcome === "failed" || outcome === "invalid";
  };
  for (const [key, replicas] of final) {
    for (const { node, operations } of replicas) {
      for (const operation of (operations ?? []).filter(failed)) {
        const detail = `${node} holds ${operation}, whose client was told that nothing was done`;
        violations.push({ checker: "failed writes", key, detail });
      }
    }
  }
  for (const { key, client, returned } of history.reads) {
    for (const operation of returned.filter(failed)) {
      const detail = `${client} read ${operation}, whose client was told that nothing was done`;
      violations.push({ checker: "failed writes", key, detail });
    }
  }
  return violations;
}
