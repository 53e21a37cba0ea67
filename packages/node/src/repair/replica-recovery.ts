import { type ComparePorts, Recovery, type SourceDemand } from "@coterie/anti-entropy";
import type { Clock, NodeId, Timers } from "@coterie/core";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeEvent } from "../node-event.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";

export interface ReplicaRecoveryParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly compare: ComparePorts;
  /** Comparison writes over damaged rows that another replica has, and disturbs less: it is given so long, milliseconds. */
  readonly damagedMs: number;
  readonly onEvent: (event: NodeEvent) => void;
}

/**
 * Fills this node's recovering partitions from the other primaries, over the nodes' links. A damaged row that nobody
 * writes over - a collected tombstone, say, which no other replica has - would stand for ever: it is dropped, and its
 * partition recovers, once the others can be read.
 */
export class ReplicaRecovery {
  readonly #parts: ReplicaRecoveryParts;
  readonly #recovery: Recovery;
  /** Of each partition when its recovery began: see `NodeStore.endRecovery`. */
  #marks: ReadonlyMap<number, number> = new Map();
  /** Partitions with damaged rows, and since when. */
  #suspects: ReadonlyMap<number, number> = new Map();
  readonly #accepted = new Set<number>();

  constructor(parts: ReplicaRecoveryParts) {
    const { timers, onEvent } = parts;
    this.#parts = parts;
    this.#recovery = new Recovery(
      {
        timers,
        recovering: () => this.#recovering(),
        demands: (partition) => this.#demands(partition),
        acceptsLoss: (partition) => this.#accepted.has(partition),
        compare: parts.compare,
        recovered: (partition) => this.#recovered(partition),
      },
      { onRound: (round) => onEvent({ type: "recoveryRound", ...round }) },
    );
  }

  start(): void {
    this.#recovery.start();
  }

  stop(): void {
    this.#recovery.stop();
  }

  /**
   * An operator takes it that a write is lost which only lost disks held: what recovers now (all, or one partition)
   * counts replicas that recover themselves as sources. Forgotten by a restart.
   */
  async acceptLoss(partition: number | undefined): Promise<void> {
    for (const each of await this.#recovering()) {
      if (partition === undefined || partition === each) this.#accepted.add(each);
    }
  }

  /**
   * Every bucket asks for itself: N - wMin + 1 of the others hold all that was acknowledged in it. While the
   * ring changes, a gainer learns from the old owners until the ring has switched, then from the new.
   */
  #demands(partition: number): SourceDemand[] {
    const { self, cluster, buckets } = this.#parts;
    const view = cluster.ring;
    const demands: SourceDemand[] = [];
    for (const { n, wMin } of buckets.list()) {
      if (!view.owns(self, partition, n)) continue;
      const [readers] = view.readGroups(partition, n);
      const group = readers!.includes(self) ? readers! : view.ring(n).primaries(partition);
      const others = group.filter((id) => id !== self);
      const required = group.length - Math.min(group.length, wMin) + 1;
      demands.push({ n, others, required });
    }
    return demands;
  }

  async #recovering(): Promise<readonly number[]> {
    const { store, clock } = this.#parts;
    const partitions = await store.recoveringPartitions();
    this.#marks = new Map(partitions.map(({ partition, mark }) => [partition, mark]));
    const nowMs = clock.monotonicMs();
    const suspects = await store.suspectPartitions();
    this.#suspects = new Map(suspects.map((each) => [each, this.#suspects.get(each) ?? nowMs]));
    const damaged = suspects.filter((partition) => this.#isGivenUp(partition));
    return [...new Set([...this.#marks.keys(), ...damaged])];
  }

  #isGivenUp(partition: number): boolean {
    const sinceMs = this.#suspects.get(partition) ?? Number.POSITIVE_INFINITY;
    return this.#parts.clock.monotonicMs() - sinceMs >= this.#parts.damagedMs;
  }

  /** Why not, as a sentence; undefined: it has. */
  async #recovered(partition: number): Promise<string | undefined> {
    try {
      if (this.#isGivenUp(partition)) {
        await this.#parts.store.dropDamaged(partition);
        return `damaged rows of partition ${partition} were dropped: it has to recover anew`;
      }
      await this.#parts.store.endRecovery(partition, this.#marks.get(partition) ?? 0);
      this.#accepted.delete(partition);
      return undefined;
    } catch (error) {
      if (error instanceof StoreFailure) return error.message;
      throw error;
    }
  }
}
