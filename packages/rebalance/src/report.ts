import type { NodeId } from "@coterie/core";

/** The numbers of a bucket that decide how much of a ring change must be done before the next step. */
export interface QuorumRules {
  /** N: replicas of each key; fewer where the ring has fewer owners. */
  readonly n: number;
  /** The least that a strict read waits for. */
  readonly rMin: number;
  /** The least that a strict write waits for. */
  readonly wMin: number;
}

/**
 * What one node says of a ring change: facts that are durable where they are said, and that only grow while
 * the change goes on, so that an old report delays a step and never brings one about too early.
 */
export interface NodeRingReport {
  /** Of the ring that the node serves under. */
  readonly epoch: number;
  /** One for each different (N, rMin, wMin) among the buckets that the node knows. */
  readonly rules: readonly QuorumRules[];
  /** What it has copied, in answer to `scanDuties`. Undefined when nothing for a change on its way. */
  readonly scans: ScanReport | undefined;
  /** What it still holds of partitions that the ring gives to others. */
  readonly leftovers: LeftoverReport;
}

/** What a node has read from the old owners for one ring change. */
export interface ScanReport {
  /** `RecordedChange.id`: scans made for another change prove nothing about this one. */
  readonly change: string;
  /**
   * For each source the partitions of which the node has, durably, all rows that the source had. Each scan
   * was begun when both served under a ring of this change, and the source was not recovering.
   */
  readonly whole: ReadonlyMap<NodeId, ReadonlySet<number>>;
  /** The same of sources that were recovering then: they count for a change that accepts loss. */
  readonly partial: ReadonlyMap<NodeId, ReadonlySet<number>>;
  /** Sources that cannot be read at present, and why, as half a sentence: "it does not answer". */
  readonly obstacles: ReadonlyMap<NodeId, string>;
}

/** Rows of partitions that the node gave up and has not dropped. */
export interface LeftoverReport {
  /** Partitions with such rows. */
  readonly partitions: number;
  /** Owners with which the last exchange cannot be made at present, and why. */
  readonly obstacles: ReadonlyMap<NodeId, string>;
}
