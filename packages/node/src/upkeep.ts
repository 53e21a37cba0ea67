import { LinkedComparison, type LinkedComparisonParts } from "./linked-comparison.ts";
import type { NodeEvent } from "./node-event.ts";
import { RepairOperations } from "./repair-operations.ts";
import { ReplicaRecovery } from "./replica-recovery.ts";
import { ReplicaRepair } from "./replica-repair.ts";
import type { StorageNodeConfig } from "./storage-node-config.ts";

export interface UpkeepParts extends LinkedComparisonParts {
  readonly antiEntropy: StorageNodeConfig["antiEntropy"];
  readonly onEvent: (event: NodeEvent) => void;
}

/** What a node does to hold what the other replicas hold: recovery where it may lack data, and comparison everywhere. */
export class Upkeep {
  readonly repair: ReplicaRepair;
  readonly operations: RepairOperations;
  readonly #recovery: ReplicaRecovery;

  constructor(parts: UpkeepParts) {
    const compare = new LinkedComparison(parts);
    this.#recovery = new ReplicaRecovery({ ...parts, compare });
    this.repair = new ReplicaRepair({ ...parts, compare, options: parts.antiEntropy ?? {} });
    this.operations = new RepairOperations({ ...parts, repair: this.repair });
  }

  start(): void {
    this.#recovery.start();
    this.repair.start();
  }

  stop(): void {
    this.#recovery.stop();
    this.repair.stop();
  }
}
