import { create } from "@bufbuild/protobuf";
import {
  AntiEntropy,
  type AntiEntropyOptions,
  type ComparePorts,
  type Comparison,
  type RepairRequest,
} from "@coterie/anti-entropy";
import type { NodeId } from "@coterie/core";
import { Error_Code, type RepairState, RepairStateSchema } from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import { failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeEvent } from "../node-event.ts";

export interface ReplicaRepairParts {
  readonly self: NodeId;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly compare: ComparePorts;
  readonly options: AntiEntropyOptions;
  /** This node is slow already. */
  readonly isStrained: () => boolean;
  readonly onEvent: (event: NodeEvent) => void;
}

/** What an operator may know of this node's repairs. */
export interface RepairFacts {
  readonly unrepairedMs: number;
  readonly repairedRows: number;
  /** Empty: the last comparison could be made. */
  readonly repairFailure: string;
}

/** Compares this node's partitions with the other replicas, all the time and on demand. */
export class ReplicaRepair {
  readonly #parts: ReplicaRepairParts;
  readonly #antiEntropy: AntiEntropy;
  /** The repair that was asked for last. */
  #asked: RepairState;

  constructor(parts: ReplicaRepairParts) {
    const { self, cluster, compare, options, onEvent } = parts;
    this.#parts = parts;
    this.#asked = create(RepairStateSchema, { nodeId: self });
    this.#antiEntropy = new AntiEntropy(
      {
        ...compare,
        partitions: () => (cluster.hasRing ? cluster.ring.record.partitions : 0),
        comparisons: (partition, all) => this.#comparisons(partition, all),
        isStrained: parts.isStrained,
      },
      {
        ...options,
        onCompared: ({ comparison, differed, pulled, pushed }) => {
          if (!differed) return;
          const { partition, peer } = comparison;
          onEvent({ type: "replicasDiffered", partition, peer, pulled, pushed });
        },
      },
    );
  }

  start(): void {
    this.#antiEntropy.start();
  }

  stop(): void {
    this.#antiEntropy.stop();
  }

  get facts(): RepairFacts {
    const { pulled, pushed, lastFailure } = this.#antiEntropy.progress;
    return {
      unrepairedMs: Math.round(this.#antiEntropy.oldestMs),
      repairedRows: pulled + pushed,
      repairFailure: lastFailure ?? "",
    };
  }

  /** How far the repair that was asked for last is. */
  get asked(): RepairState {
    return this.#asked;
  }

  /** Begins a repair, and does not wait for it. One at a time. */
  begin(request: RepairRequest): RepairState {
    const { self } = this.#parts;
    if (this.#asked.running) {
      const { compared, failed, comparisons } = this.#asked;
      const detail = `a repair is under way: ${compared + failed} of ${comparisons} comparisons are done`;
      return create(RepairStateSchema, {
        nodeId: self,
        error: failure(Error_Code.OVERLOADED, detail),
      });
    }
    const state = create(RepairStateSchema, { nodeId: self, running: true });
    this.#asked = state;
    void this.#antiEntropy
      .repair(
        request,
        (comparisons) => {
          state.comparisons = comparisons;
        },
        ({ comparison, failure: reason, differed, pulled, pushed }) => {
          if (reason === undefined) state.compared++;
          else {
            state.failed++;
            state.lastFailure = `${comparison.peer}: ${reason}`;
          }
          if (differed) state.differed++;
          state.pulled += pulled;
          state.pushed += pushed;
        },
      )
      .then(() => {
        state.running = false;
      });
    return state;
  }

  /** With whom this node compares the partition, for each N that some bucket has. */
  #comparisons(partition: number, all: boolean): Comparison[] {
    const { self, cluster, buckets } = this.#parts;
    const comparisons: Comparison[] = [];
    for (const n of new Set(buckets.list().map((bucket) => bucket.n))) {
      // Those who answer reads: what a gainer lacks until the ring has switched is the ring change's to copy.
      const replicas = cluster.ring.readGroups(partition, n).flat();
      if (!replicas.includes(self)) continue;
      for (const peer of replicas) {
        if (peer !== self && (all || isTurnOf(self, peer, partition))) {
          comparisons.push({ partition, n, peer });
        }
      }
    }
    return comparisons;
  }
}

/** Of any two replicas one compares: for half of the partitions the one with the lower id. */
function isTurnOf(self: NodeId, peer: NodeId, partition: number): boolean {
  return self < peer === (partition % 2 === 0);
}
