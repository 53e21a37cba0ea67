import type { NodeId, Timers } from "@coterie/core";

/** One row as another primary describes it. */
export interface DescribedRow {
  readonly row: Uint8Array;
  /** `causalityOf` of its version set. */
  readonly causality: Uint8Array;
}

/** A slice of another primary's partition, in the order of its rows. */
export type SourcePage =
  | {
      readonly type: "rows";
      readonly rows: readonly DescribedRow[];
      /** Where the next page starts; undefined: this was the last. */
      readonly next: Uint8Array | undefined;
      /** The source may lack data itself: it is read, and does not count. */
      readonly recovering: boolean;
    }
  /** It cannot be read now, and why, as a sentence. */
  | { readonly type: "unavailable"; readonly reason: string };

/** What one bucket asks for before a recovering replica of a partition may vote again. */
export interface SourceDemand {
  /** The other primaries of the partition for this bucket's N. */
  readonly others: readonly NodeId[];
  /** N - wMin + 1: so many of them hold, together, every write that was acknowledged. */
  readonly required: number;
}

/** What recovery needs of the node. No promise of it rejects. */
export interface RecoveryPorts {
  readonly timers: Timers;
  /** Partitions that this replica may lack data of. */
  readonly recovering: () => Promise<readonly number[]>;
  /** One demand for each N and wMin that some bucket has; empty when this node is no primary of the partition. */
  readonly demands: (partition: number) => readonly SourceDemand[];
  readonly page: (
    source: NodeId,
    partition: number,
    from: Uint8Array | undefined,
  ) => Promise<SourcePage>;
  /** The row's causality here; undefined: there is no such row, or it is damaged. */
  readonly causality: (row: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Fetches the row from the source and merges it here, durably. False: not now. */
  readonly fetch: (source: NodeId, row: Uint8Array) => Promise<boolean>;
  /** Makes the partition one that votes again, durably. False: not now, the disk did not take it. */
  readonly recovered: (partition: number) => Promise<boolean>;
}
