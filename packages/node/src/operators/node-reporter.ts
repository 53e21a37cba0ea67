import type { Clock } from "@coterie/core";
import type { CollectionFacts, Collections } from "../collection/collections.ts";
import type { Membership } from "../membership/membership.ts";
import type { NodeStore } from "../node-store.ts";
import type { Strain } from "../overload/strain.ts";
import type { RepairFacts, ReplicaRepair } from "../repair/replica-repair.ts";
import { VERSION } from "../version.ts";

/** What a node says of itself when an operator asks. */
export interface NodeFacts extends RepairFacts, CollectionFacts {
  readonly version: string;
  readonly uptimeMs: number;
  readonly recoveringPartitions: number;
  readonly rows: number;
  /** Of keys and stored values. */
  readonly rowBytes: number;
  readonly diskBytes: number;
  readonly hints: number;
  readonly hintBytes: number;
  readonly localHealth: number;
  /** Why it is slow at present; empty: it is not. */
  readonly degraded: string;
  /** Damaged rows that were met and not yet healed. */
  readonly suspectRows: number;
}

export interface NodeReporterParts {
  readonly store: NodeStore;
  readonly membership: Membership;
  readonly strain: Strain;
  readonly repair: ReplicaRepair;
  readonly collections: Collections;
  readonly clock: Clock;
}

export class NodeReporter {
  readonly #store: NodeStore;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #membership: Membership;
  readonly #strain: Strain;
  readonly #collections: Collections;

  readonly #repair: ReplicaRepair;

  constructor({ store, membership, strain, repair, collections, clock }: NodeReporterParts) {
    this.#store = store;
    this.#membership = membership;
    this.#strain = strain;
    this.#repair = repair;
    this.#collections = collections;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  async facts(): Promise<NodeFacts> {
    const shards = await this.#store.stats();
    const sum = (of: (shard: (typeof shards)[number]) => number): number =>
      shards.reduce((total, shard) => total + of(shard), 0);
    return {
      version: VERSION,
      uptimeMs: Math.round(this.#clock.monotonicMs() - this.#startedMs),
      recoveringPartitions: sum((shard) => shard.recoveringPartitions.length),
      rows: sum((shard) => shard.rows),
      rowBytes: sum((shard) => shard.rowBytes),
      diskBytes: sum(({ storage }) => (storage?.fileBytes ?? 0) + (storage?.walBytes ?? 0)),
      hints: sum((shard) => shard.hints),
      hintBytes: sum((shard) => shard.hintBytes),
      localHealth: this.#membership.localHealth,
      degraded: this.#strain.degraded ?? "",
      suspectRows: sum((shard) => shard.suspectRows),
      ...this.#repair.facts,
      ...this.#collections.facts,
    };
  }
}
