import type { ActorId } from "@coterie/vector-clock";
import type { StoreStats } from "./ordered-store.ts";

/** What a shard tells about itself; sums since it was opened. */
export interface ShardStats {
  readonly shard: number;
  readonly shards: number;
  /** 0: no ring is installed. */
  readonly epoch: number;
  /** Who mints in this process: fresh at every start. Undefined while a new one is being made durable. */
  readonly actor: ActorId | undefined;
  /** Who minted in earlier starts on this store, and the actor of this one. */
  readonly actors: readonly ActorId[];
  /** Rows, and the bytes of their keys and values. Exact once `counted`; a count runs in the background. */
  readonly rows: number;
  readonly rowBytes: number;
  readonly counted: boolean;
  /** Partitions whose rows were verified, one by one, against checksums and leaves. */
  readonly scrubbedPartitions: number;
  /** Of these, whose leaves were wrong, and are right now. */
  readonly correctedPartitions: number;
  /** Damaged rows met and not yet healed. */
  readonly suspectRows: number;
  /** Where those are, ascending. */
  readonly suspectPartitions: readonly number[];
  readonly recoveringPartitions: readonly number[];
  /** How often partitions were marked as recovering. */
  readonly recoveryMark: number;
  /** Hints kept for other nodes, and the bytes of their keys and values. */
  readonly hints: number;
  readonly hintBytes: number;
  /** Of the partitions that were ever swept: [partition, swept, collected]. */
  readonly eras: readonly (readonly [number, number, number])[];
  readonly minted: number;
  readonly merged: number;
  readonly read: number;
  readonly refused: number;
  readonly batches: number;
  readonly failedBatches: number;
  /** The last thing that went wrong with the store, a sentence. */
  readonly lastFault: string | undefined;
  /** Undefined when the store keeps none. */
  readonly storage: StoreStats | undefined;
}
