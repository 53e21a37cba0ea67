import { INTERVAL_MS } from "@coterie/anti-entropy";
import {
  type CollectionOptions,
  Collections,
  type CollectionsParts,
} from "../collection/collections.ts";
import type { NodeEvent } from "../node-event.ts";
import type { StorageNodeConfig } from "../storage-node-config.ts";
import { LinkedComparison, type LinkedComparisonParts } from "./linked-comparison.ts";
import { RepairOperations } from "./repair-operations.ts";
import { ReplicaRecovery } from "./replica-recovery.ts";
import { ReplicaRepair } from "./replica-repair.ts";

export interface UpkeepParts
  extends LinkedComparisonParts,
    Omit<CollectionsParts, keyof CollectionOptions> {
  readonly config: Pick<StorageNodeConfig, "antiEntropy" | "collection">;
  readonly isStrained: () => boolean;
  readonly onEvent: (event: NodeEvent) => void;
}

/**
 * What a node does to hold what the other replicas hold: recovery where it may lack data, comparison everywhere,
 * and the collection of what was deleted.
 */
export class Upkeep {
  readonly repair: ReplicaRepair;
  readonly operations: RepairOperations;
  readonly collections: Collections;
  readonly #recovery: ReplicaRecovery;

  constructor(parts: UpkeepParts) {
    const compare = new LinkedComparison(parts);
    const { intervalMs: damagedMs = INTERVAL_MS } = parts.config.antiEntropy ?? {};
    this.#recovery = new ReplicaRecovery({ ...parts, compare, damagedMs });
    this.repair = new ReplicaRepair({ ...parts, compare, options: parts.config.antiEntropy ?? {} });
    this.collections = new Collections({ ...parts, ...parts.config.collection });
    this.operations = new RepairOperations({
      ...parts,
      repair: this.repair,
      recovery: this.#recovery,
    });
  }

  /** `isFounding`: nothing was written in the cluster before this node was part of it. */
  start(isFounding: boolean): void {
    this.#recovery.start();
    this.repair.start();
    this.collections.start(isFounding);
  }

  stop(): void {
    this.#recovery.stop();
    this.repair.stop();
    this.collections.stop();
  }
}
