import type { NodeId } from "@coterie/core";
import type { RingView } from "@coterie/shard-engine";
import { meetingAll } from "./quorum-rules.ts";
import type { QuorumRules } from "./report.ts";

/** What one node must have read from the old owners of a partition before the ring may switch. */
export interface ScanDuty {
  readonly node: NodeId;
  readonly partition: number;
  /** The old primaries, without `node` itself, in the order of preference. */
  readonly sources: readonly NodeId[];
  /** So many of them hold, together, every write that was acknowledged under the old owners alone. */
  readonly required: number;
}

/**
 * All scans that a change in `joining` asks for: by every gainer, for each N (design §9.1). `rules` are those
 * of the buckets. One source may serve several duties of a partition: whoever reads a partition from a
 * source reads the rows of all buckets.
 *
 * Where a list gets shorter, because there are fewer owners than N, those that stay read the others, too:
 * else a write that one leaver and one stayer acknowledged would stand at fewer nodes with every change.
 */
export function scanDuties(view: RingView, rules: readonly QuorumRules[]): readonly ScanDuty[] {
  const duties: ScanDuty[] = [];
  for (const { n, wMin } of rules) {
    const next = view.nextRing(n);
    if (next === undefined) continue;
    const old = view.ring(n);
    for (let partition = 0; partition < view.record.partitions; partition++) {
      const before = old.primaries(partition);
      const after = next.primaries(partition);
      const shrinks = after.length < before.length;
      const required = meetingAll(before.length, wMin);
      for (const node of after) {
        const holds = before.includes(node);
        if (holds && !shrinks) continue;
        const sources = before.filter((id) => id !== node);
        const lacking = Math.min(sources.length, holds ? required - 1 : required);
        if (lacking > 0) duties.push({ node, partition, sources, required: lacking });
      }
    }
  }
  return duties;
}
