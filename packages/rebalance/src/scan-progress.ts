import type { NodeId } from "@coterie/core";
import type { RingRecord, RingView } from "@coterie/shard-engine";
import type { Blocker } from "./blockers.ts";
import { goneNodes } from "./gone-nodes.ts";
import { weakestRules } from "./quorum-rules.ts";
import type { NodeRingReport, ScanReport } from "./report.ts";
import { type ScanDuty, scanDuties } from "./scan-duties.ts";

/** A duty that is not met yet. */
export interface OpenDuty {
  readonly duty: ScanDuty;
  /** Sources that stand in the way, each with what it is that they cannot give. */
  readonly missing: readonly Blocker[];
  /** Without them the duty cannot be met. */
  readonly helpless: boolean;
}

/** How far the copying is, in replicas of partitions. */
export interface CopyProgress {
  readonly done: number;
  readonly total: number;
}

/** The duties of a change in `joining` that the reports do not show to be met. */
export function openDuties(
  view: RingView,
  reports: ReadonlyMap<NodeId, NodeRingReport>,
): readonly OpenDuty[] {
  return scanDuties(view, weakestRules(reports)).flatMap((duty) => {
    const open = openDutyOf(view.record, duty, reports.get(duty.node), reports);
    return open === undefined ? [] : [open];
  });
}

/** For a progress bar. All is done from `switched` on, and nothing is to be done on the way back. */
export function copyProgress(
  view: RingView,
  reports: ReadonlyMap<NodeId, NodeRingReport>,
): CopyProgress {
  const place = ({ node, partition }: ScanDuty): string => `${node} ${partition}`;
  const total = new Set(scanDuties(view, weakestRules(reports)).map(place)).size;
  const { phase, change } = view.record;
  if (phase !== "joining" || change!.aborting) return { done: total, total };
  const open = new Set(openDuties(view, reports).map(({ duty }) => place(duty))).size;
  return { done: total - open, total };
}

function openDutyOf(
  record: RingRecord,
  duty: ScanDuty,
  report: NodeRingReport | undefined,
  reports: ReadonlyMap<NodeId, NodeRingReport>,
): OpenDuty | undefined {
  const { id, acceptLoss } = record.change!;
  const scans = report?.scans?.change === id ? report.scans : undefined;
  const gone = goneNodes(record);
  const { partition, sources } = duty;
  const read = sources.filter((source) => hasRead(scans, source, partition, acceptLoss));
  const left = acceptLoss ? sources.filter((source) => !gone.includes(source)) : sources;
  const required = Math.min(duty.required, left.length);
  if (read.length >= required) return undefined;
  const missing: Blocker[] = [];
  for (const node of left) {
    if (read.includes(node)) continue;
    const why = obstacleOf(record, node, partition, scans, gone, reports);
    if (why !== undefined) missing.push({ node, reason: why });
  }
  const helpless = left.length - missing.length < required;
  return { duty, missing: helpless ? missing : [], helpless };
}

function hasRead(
  scans: ScanReport | undefined,
  source: NodeId,
  partition: number,
  acceptLoss: boolean,
): boolean {
  if (scans === undefined) return false;
  if (scans.whole.get(source)?.has(partition)) return true;
  return acceptLoss && (scans.partial.get(source)?.has(partition) ?? false);
}

/** Why a source may not be readable, as far as anybody says. */
function obstacleOf(
  record: RingRecord,
  source: NodeId,
  partition: number,
  scans: ScanReport | undefined,
  gone: readonly NodeId[],
  reports: ReadonlyMap<NodeId, NodeRingReport>,
): string | undefined {
  const proven = "nothing proves complete the copies of";
  if (gone.includes(source) && !reports.has(source)) {
    const way = "`coterie ring resume --accept-loss`";
    return `it is to be ${record.change!.kind}d, and without it (see ${way}) ${proven}`;
  }
  const obstacle = scans?.obstacles.get(source);
  if (obstacle !== undefined) return `${obstacle}, and without it ${proven}`;
  if (scans?.partial.get(source)?.has(partition)) {
    return `it is recovering, and without it ${proven}`;
  }
  return reports.has(source) ? undefined : `it does not answer, and without it ${proven}`;
}
