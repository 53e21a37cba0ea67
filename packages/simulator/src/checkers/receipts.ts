import type { History } from "../history.ts";
import type { Violation } from "./violation.ts";

/**
 * An answer says the truth about itself: distinct nodes, as many as were required, strict ones primaries
 * all; and an acknowledged write was durable on so many nodes when its client was told.
 */
export function checkReceipts(history: History): Violation[] {
  const violations: Violation[] = [];
  for (const call of [...history.writes, ...history.reads]) {
    const { kind, key, client, receipts, endMs, required } = call;
    const name = kind === "get" ? "get" : `${kind} ${call.operationId}`;
    for (const { acknowledged, primaries, holders } of receipts) {
      const complain = (what: string): void => {
        const detail = `${name} of ${client}, acknowledged at ${endMs.toFixed(1)} ms by [${acknowledged.join(" ")}], ${what}`;
        violations.push({ checker: "receipts", key, detail });
      };
      if (new Set(acknowledged).size < acknowledged.length) complain("counts a node twice");
      if (acknowledged.length < required) complain(`needs ${required}`);
      if (call.strict && primaries < required) complain(`is strict and has ${primaries} primaries`);
      if (kind !== "get" && holders !== undefined && holders < required) {
        complain(`needs ${required} copies; ${holders} nodes had it durable`);
      }
    }
  }
  return violations;
}
