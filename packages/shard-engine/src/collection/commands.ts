import type { RoundId } from "./round-id.ts";

/**
 * The sweep of a round at one owner: from now on everything that it reads, mints or keeps of the partition is
 * of this round. Refused while it keeps hints of the partition, or is recovering it.
 */
export interface SweepPartitionCommand {
  readonly type: "sweepPartition";
  readonly epoch: number;
  readonly partition: number;
  readonly round: RoundId;
  /** The round's number: above every sweep of the partition that any primary has answered. */
  readonly swept: number;
  /** The last collection that any primary has carried out. */
  readonly collected: number;
  /** Who minted here when this node voted; another process may stand on an older copy. Undefined: it had no vote. */
  readonly actor?: string | undefined;
}

/** One row that a round takes, as every primary was found to hold it. */
export interface CollectedRow {
  readonly row: Uint8Array;
  /** `causalityOf` it: the row is taken only if it is still this. */
  readonly causality: Uint8Array;
  /** The shorter clock that it gets (`foldClock`, encoded); undefined: the row is deleted. */
  readonly folded: Uint8Array | undefined;
}

/** The end of a round at one primary, which must have answered this very round's sweep. */
export interface CollectRowsCommand {
  readonly type: "collectRows";
  readonly epoch: number;
  readonly partition: number;
  readonly round: RoundId;
  readonly rows: readonly CollectedRow[];
}

/**
 * Others have carried out collection `collected`: if this node has missed it, it discards the partition. And
 * they have answered sweep `swept`: so has this node, if it holds nothing of the partition.
 */
export interface AdoptEraCommand {
  readonly type: "adoptEra";
  readonly partition: number;
  readonly swept: number;
  readonly collected: number;
}

export type CollectionCommand = SweepPartitionCommand | CollectRowsCommand | AdoptEraCommand;

/** What became of a collection at one primary. */
export interface Collected {
  readonly type: "collected";
  readonly deleted: number;
  readonly folded: number;
  /** Rows that have changed since the vote, and stay. */
  readonly kept: number;
}
