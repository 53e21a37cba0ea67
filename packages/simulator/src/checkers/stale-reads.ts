import type { History, ReadRecord, WriteRecord } from "../history.ts";
import { accountedFor, acknowledged } from "./causality.ts";
import type { Violation } from "./violation.ts";

/** From when on a strict read sees a write, and why. */
interface Established {
  readonly write: WriteRecord;
  readonly fromMs: number;
  readonly because: string;
}

/**
 * A strict read that began after a strict write was acknowledged, or after a monotonic read returned it,
 * returns that write or what replaced it, and nothing that it replaced (operations minted more than once
 * aside: the writer may have seen one twin only). For buckets with R + W > N.
 */
export function checkStaleReads(
  history: History,
  timesMinted: ReadonlyMap<string, number>,
): Violation[] {
  const violations: Violation[] = [];
  const mintedOnce = (operation: string): boolean => (timesMinted.get(operation) ?? 0) < 2;
  for (const key of history.keys) {
    const established = establishedWrites(history, key);
    for (const read of history.readsOf(key)) {
      if (read.outcome !== "ok") continue;
      if (!read.strict && !read.monotonic) continue;
      const returned = new Set(read.returned);
      const accounted = accountedFor(history, key, returned, read.endMs);
      for (const { write, fromMs, because } of established) {
        if (fromMs >= read.startMs) continue;
        const back = read.returned.find((old) => write.covers.has(old) && mintedOnce(old));
        if (back !== undefined) {
          violations.push(violationOf(read, `got ${back}, which ${because}, had replaced`));
        }
        if (write.kind === "delete" || accounted.has(write.operationId)) continue;
        const got = `got [${read.returned.join(" ")}], without ${because}, or anything that covers it`;
        violations.push(violationOf(read, got));
      }
    }
  }
  return violations;
}

function establishedWrites(history: History, key: string): Established[] {
  const established: Established[] = [];
  for (const write of acknowledged(history, key)) {
    if (!write.strict) continue;
    const because = `${write.kind} ${write.operationId}, acknowledged at ${write.endMs.toFixed(1)} ms`;
    established.push({ write, fromMs: write.endMs, because });
  }
  for (const read of history.readsOf(key)) {
    if (!read.monotonic || read.outcome !== "ok") continue;
    for (const operation of read.returned) {
      const write = history.write(operation);
      if (write === undefined) continue;
      const because = `${write.kind} ${operation}, returned by a monotonic read at ${read.endMs.toFixed(1)} ms`;
      established.push({ write, fromMs: read.endMs, because });
    }
  }
  return established;
}

function violationOf({ key, client, startMs }: ReadRecord, what: string): Violation {
  return {
    checker: "stale reads",
    key,
    detail: `${client} read from ${startMs.toFixed(1)} ms and ${what}`,
  };
}
