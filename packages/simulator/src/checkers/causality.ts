import type { History, WriteRecord } from "../history.ts";

/**
 * Which operations on a key are accounted for by what is `visible`: what is visible itself, and what a
 * later write replaced that had seen it, may have been carried out, and is accounted for. A delete leaves
 * nothing to see, so one that may have been carried out accounts for what it covers. Later writes count
 * if they began before `beforeMs`.
 */
export function accountedFor(
  history: History,
  key: string,
  visible: ReadonlySet<string>,
  beforeMs = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  const accounted = new Set<string>(visible);
  const toVisit: WriteRecord[] = [];
  for (const write of history.writesOf(key)) {
    if (write.startMs >= beforeMs) break;
    if (visible.has(write.operationId)) toVisit.push(write);
    else if (write.kind === "delete" && mayHaveHappened(write)) toVisit.push(write);
  }
  for (let at = toVisit.pop(); at !== undefined; at = toVisit.pop()) {
    if (!mayHaveHappened(at)) continue;
    for (const covered of at.covers) {
      if (accounted.has(covered)) continue;
      accounted.add(covered);
      const write = history.write(covered);
      if (write !== undefined && write.startMs < beforeMs) toVisit.push(write);
    }
  }
  return accounted;
}

/** Not refused outright: it was acknowledged, or nobody can tell. */
function mayHaveHappened(write: WriteRecord): boolean {
  return write.outcome === "ok" || write.outcome === "inDoubt" || write.outcome === "pending";
}

export function acknowledged(history: History, key: string): readonly WriteRecord[] {
  return history.writesOf(key).filter((write) => write.outcome === "ok");
}
