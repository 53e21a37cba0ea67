import type { History } from "../history.ts";
import { acknowledged, isAccountedFor } from "./causality.ts";
import type { Violation } from "./violation.ts";

/**
 * A strict read that began after a strict write was acknowledged returns that write or what replaced it,
 * and nothing that it replaced (operations minted more than once aside: the writer may have seen one twin
 * only). For buckets with R + W > N.
 */
export function checkStaleReads(
  history: History,
  timesMinted: ReadonlyMap<string, number>,
): Violation[] {
  const violations: Violation[] = [];
  for (const read of history.reads) {
    if (read.outcome !== "ok" || !read.strict) continue;
    const returned = new Set(read.returned);
    const begun = history.writesOf(read.key).filter((write) => write.startMs < read.endMs);
    for (const write of acknowledged(history, read.key)) {
      if (!write.strict || write.endMs >= read.startMs) continue;
      const back = [...write.covers].find(
        (covered) => returned.has(covered) && (timesMinted.get(covered) ?? 0) < 2,
      );
      if (back !== undefined) {
        violations.push({
          checker: "stale reads",
          key: read.key,
          detail: `${read.client} read from ${read.startMs.toFixed(1)} ms and got ${back}, which ${write.kind} ${write.operationId}, acknowledged at ${write.endMs.toFixed(1)} ms, had replaced`,
        });
      }
      if (write.kind === "delete" || isAccountedFor(write, returned, begun)) continue;
      violations.push({
        checker: "stale reads",
        key: read.key,
        detail: `${read.client} read from ${read.startMs.toFixed(1)} ms and got [${read.returned.join(", ")}], without put ${write.operationId}, acknowledged at ${write.endMs.toFixed(1)} ms, or anything that covers it`,
      });
    }
  }
  return violations;
}
