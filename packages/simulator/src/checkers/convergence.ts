import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/** After healing and repair all primaries of a key hold the same. */
export function checkConvergence(final: FinalState): Violation[] {
  const violations: Violation[] = [];
  for (const [key, replicas] of final) {
    if (new Set(replicas.map((replica) => replica.causality)).size <= 1) continue;
    const views = replicas.map(
      ({ node, operations }) => `${node} [${operations?.join(", ") ?? "no row"}]`,
    );
    violations.push({
      checker: "convergence",
      key,
      detail: `the replicas still differ: ${views.join("; ")}`,
    });
  }
  return violations;
}
