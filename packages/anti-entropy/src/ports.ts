import type { NodeId, Timers } from "@coterie/core";
import type { ComparePorts } from "./compare-ports.ts";

/** What one bucket asks for before a recovering replica of a partition may vote again. */
export interface SourceDemand {
  /** The bucket's N: which of the partition's trees. */
  readonly n: number;
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
  /** An operator has it end with what the sources have, though some recover themselves, or are too few. */
  readonly acceptsLoss: (partition: number) => boolean;
  /** How the sources are read. */
  readonly compare: ComparePorts;
  /** Makes the partition one that votes again, durably. Else a sentence on why not now. */
  readonly recovered: (partition: number) => Promise<string | undefined>;
}
