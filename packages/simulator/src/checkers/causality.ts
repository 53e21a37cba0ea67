import type { History, WriteRecord } from "../history.ts";

/**
 * Whether a write is accounted for by what is `visible`: it is visible itself, or a later write that had
 * seen it, and may have been carried out, is accounted for. A delete leaves nothing to see, so one that
 * may have been carried out accounts for what it covers.
 */
export function isAccountedFor(
  write: WriteRecord,
  visible: ReadonlySet<string>,
  candidates: readonly WriteRecord[],
): boolean {
  const reached = new Set<string>([write.operationId]);
  const toVisit = [write];
  for (let at = toVisit.pop(); at !== undefined; at = toVisit.pop()) {
    if (visible.has(at.operationId)) return true;
    for (const later of candidates) {
      if (reached.has(later.operationId) || !later.covers.has(at.operationId)) continue;
      if (!mayHaveHappened(later)) continue;
      if (later.kind === "delete") return true;
      reached.add(later.operationId);
      toVisit.push(later);
    }
  }
  return false;
}

/** Not refused outright: it was acknowledged, or nobody can tell. */
export function mayHaveHappened(write: WriteRecord): boolean {
  return write.outcome === "ok" || write.outcome === "inDoubt" || write.outcome === "pending";
}

export function acknowledged(history: History, key: string): readonly WriteRecord[] {
  return history.writesOf(key).filter((write) => write.outcome === "ok");
}
