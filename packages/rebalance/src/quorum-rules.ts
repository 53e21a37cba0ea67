import type { NodeId } from "@coterie/core";
import type { NodeRingReport, QuorumRules } from "./report.ts";

/** Of a bucket that its first use creates. */
const OF_FIRST_USE: QuorumRules = { n: 3, rMin: 2, wMin: 2 };

/**
 * For each N that some bucket has, the weakest quorums that a strict request may use: what holds for them
 * holds for all. A bucket that only silent nodes know is not seen; it stands at wMin of them at least.
 */
export function weakestRules(reports: ReadonlyMap<NodeId, NodeRingReport>): readonly QuorumRules[] {
  const weakest = new Map<number, QuorumRules>([[OF_FIRST_USE.n, OF_FIRST_USE]]);
  for (const { rules } of reports.values()) {
    for (const { n, rMin, wMin } of rules) {
      const other = weakest.get(n) ?? { n, rMin, wMin };
      weakest.set(n, {
        n,
        rMin: Math.min(rMin, other.rMin),
        wMin: Math.min(wMin, other.wMin),
      });
    }
  }
  return [...weakest.values()].sort((a, b) => a.n - b.n);
}

/**
 * How many of `copies` replicas meet every quorum of `quorum` of them: `copies - quorum + 1`. Where the ring
 * has fewer owners than the quorum asks for, what was acknowledged stands at all of them, and one will do.
 */
export function meetingAll(copies: number, quorum: number): number {
  return copies - Math.min(copies, quorum) + 1;
}
