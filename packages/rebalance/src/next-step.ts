import type { NodeId } from "@coterie/core";
import type { RingRecord, RingView } from "@coterie/shard-engine";
import { type Blocker, Blockers } from "./blockers.ts";
import { withOldOwners } from "./change-orders.ts";
import { goneNodes } from "./gone-nodes.ts";
import { leftoverBlockers } from "./leftover-blockers.ts";
import { meetingAll, weakestRules } from "./quorum-rules.ts";
import type { NodeRingReport } from "./report.ts";
import { openDuties } from "./scan-progress.ts";

/** What a ring change does next. */
export type Step =
  /** This record is to be written in the place of the present one. */
  | { readonly type: "advance"; readonly record: RingRecord }
  /** Something is still to be done, and by whom; a change that is paused names nobody. */
  | { readonly type: "wait"; readonly blockers: readonly Blocker[] }
  /** The ring is stable, and nobody holds what it has given up. */
  | { readonly type: "rest" };

/** What each node said last; nodes that have not said anything are absent. */
export type RingReports = ReadonlyMap<NodeId, NodeRingReport>;

/**
 * The next step of the ring change that `view` shows (the table of design §9), given what the nodes say.
 * Pure: any node may ask, and all that ask with the same reports hear the same. Old reports are safe.
 */
export function nextStep(view: RingView, reports: RingReports): Step {
  const { record } = view;
  const { phase, change } = record;
  if (change === undefined) {
    const blockers = leftoverBlockers(reports);
    return blockers.length === 0 ? { type: "rest" } : { type: "wait", blockers };
  }
  if (change.paused) return { type: "wait", blockers: [] };
  if (phase === "switched") {
    const blockers = whoMustKnow(view, "old", reports);
    return advance(record, reports, blockers, () => withNewOwners(record));
  }
  if (change.aborting) {
    const blockers = whoMustKnow(view, "new", reports);
    return advance(record, reports, blockers, () => withOldOwners(record));
  }
  return advance(record, reports, whoMustScan(view, reports), () => {
    return { ...record, epoch: record.epoch + 1, phase: "switched" };
  });
}

function advance(
  record: RingRecord,
  reports: RingReports,
  blockers: readonly Blocker[],
  next: () => RingRecord,
): Step {
  const waitsFor = blockers.length > 0 ? blockers : whoMustNameBuckets(record, reports);
  if (waitsFor.length > 0) return { type: "wait", blockers: waitsFor };
  return { type: "advance", record: next() };
}

/**
 * A majority of the old owners, in the present phase, says which buckets there are: the first use of one tells a
 * majority before it is acknowledged, and who is told after it reported has the coordinator join the phase first.
 */
function whoMustNameBuckets(record: RingRecord, reports: RingReports): readonly Blocker[] {
  const gone = record.change!.acceptLoss ? goneNodes(record) : [];
  const owners = record.owners.map(({ id }) => id).filter((id) => !gone.includes(id));
  const unheard = owners.filter((id) => (reports.get(id)?.epoch ?? 0) < record.epoch);
  if (2 * (owners.length - unheard.length) > owners.length) return [];
  return unheard.sort().map((node) => {
    const why = reports.has(node) ? "it has not learned of the phase" : "it does not answer";
    return {
      node,
      reason: `${why}, and a majority of the owners is to say which buckets there are`,
    };
  });
}

/** The end of a change that went through. Who was removed or replaced is refused from here on. */
function withNewOwners(record: RingRecord): RingRecord {
  const { epoch, next } = record;
  const removed = [...new Set([...record.removed, ...goneNodes(record)])].sort();
  return {
    ...record,
    epoch: epoch + 1,
    phase: "stable",
    owners: next,
    next: [],
    change: undefined,
    removed,
  };
}

/** From `joining`: each duty to scan is met. */
function whoMustScan(view: RingView, reports: RingReports): readonly Blocker[] {
  const blockers = new Blockers();
  for (const { duty, missing, helpless } of openDuties(view, reports)) {
    const report = reports.get(duty.node);
    if (report === undefined) blockers.add(duty.node, "it does not answer, and is to copy", duty);
    else if (report.epoch < view.record.epoch && report.scans === undefined) {
      blockers.add(duty.node, "it has not learned of the change, and is to copy", duty);
    } else if (!helpless) blockers.add(duty.node, "it is still to copy", duty);
    for (const { node, reason } of missing) blockers.add(node, reason, duty);
  }
  return blockers.list();
}

/**
 * From `switched`, of the old owners of each partition; on the way back, of the new: N - rMin + 1 of them
 * must serve under the present phase, so that too few are left to complete a read under the one before.
 */
function whoMustKnow(
  view: RingView,
  side: "old" | "new",
  reports: RingReports,
): readonly Blocker[] {
  const { record } = view;
  const gone = record.change!.acceptLoss ? goneNodes(record) : [];
  const knows = (id: NodeId): boolean =>
    gone.includes(id) || (reports.get(id)?.epoch ?? 0) >= record.epoch;
  const blockers = new Blockers();
  for (const { n, rMin } of weakestRules(reports)) {
    const ring = side === "old" ? view.ring(n) : view.nextRing(n)!;
    for (let partition = 0; partition < record.partitions; partition++) {
      if (view.gainers(partition, n).length + view.losers(partition, n).length === 0) continue;
      const primaries = ring.primaries(partition);
      const ignorant = primaries.filter((id) => !knows(id));
      if (primaries.length - ignorant.length >= meetingAll(primaries.length, rMin)) continue;
      for (const id of ignorant) {
        const reason = reports.has(id)
          ? `it has not learned of epoch ${record.epoch}, which matters to`
          : "it does not answer, and must know of the step for";
        blockers.add(id, reason, { partition });
      }
    }
  }
  return blockers.list();
}
