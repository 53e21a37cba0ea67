import { create } from "@bufbuild/protobuf";
import { Recovery, type SourceDemand, type SourcePage } from "@coterie/anti-entropy";
import type { Clock, NodeId, Timers } from "@coterie/core";
import type { Bucket, Replicas } from "@coterie/quorum";
import { parseRowKey } from "@coterie/shard-engine";
import { Refusal, ScanRowsSchema } from "@coterie/wire";
import type { Buckets } from "./buckets.ts";
import type { Cluster } from "./cluster.ts";
import type { NodeEvent } from "./node-event.ts";
import { type NodeStore, StoreFailure } from "./node-store.ts";
import type { Peers } from "./peers.ts";
import type { RingKeeper } from "./ring-keeper.ts";

export interface ReplicaRecoveryParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly rings: RingKeeper;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly replicas: Pick<Replicas, "read" | "merge">;
  readonly onEvent: (event: NodeEvent) => void;
}

/** How long another node has for one page or one row. */
const ASK_MS = 3_000;

/** Fills this node's recovering partitions from the other primaries, over the nodes' links. */
export class ReplicaRecovery {
  readonly #parts: ReplicaRecoveryParts;
  readonly #recovery: Recovery;

  constructor(parts: ReplicaRecoveryParts) {
    const { timers, store, onEvent } = parts;
    this.#parts = parts;
    this.#recovery = new Recovery(
      {
        timers,
        recovering: () => store.recoveringPartitions(),
        demands: (partition) => this.#demands(partition),
        page: (source, partition, from) => this.#page(source, partition, from),
        causality: (row) => this.#causality(row),
        fetch: (source, row) => this.#fetch(source, row),
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

  /** Every bucket asks for itself: N - wMin + 1 of the others hold all that was acknowledged in it. */
  #demands(partition: number): SourceDemand[] {
    const { self, cluster, buckets } = this.#parts;
    const demands: SourceDemand[] = [];
    for (const { n, wMin } of buckets.list()) {
      const primaries = cluster.ring.ring(n).primaries(partition);
      if (!primaries.includes(self)) continue;
      demands.push({ others: primaries.filter((id) => id !== self), required: n - wMin + 1 });
    }
    return demands;
  }

  async #page(
    source: NodeId,
    partition: number,
    from: Uint8Array | undefined,
  ): Promise<SourcePage> {
    const { epoch } = this.#parts.cluster.ring.record;
    const body = {
      case: "scan" as const,
      value: create(ScanRowsSchema, { epoch, partition, from: from ?? new Uint8Array() }),
    };
    const result = await this.#parts.peers.call(source, body, ASK_MS);
    if (result.type !== "reply") return { type: "unavailable", reason: result.reason };
    if (result.reply.body.case !== "scan") {
      return { type: "unavailable", reason: "it could not answer" };
    }
    const { refusal, detail, rows, next, recovering } = result.reply.body.value;
    if (refusal === Refusal.EPOCH) await this.#parts.rings.agreeWith(source);
    if (refusal !== Refusal.UNSPECIFIED) return { type: "unavailable", reason: detail };
    return { type: "rows", rows, next: next.length === 0 ? undefined : next, recovering };
  }

  async #causality(row: Uint8Array): Promise<Uint8Array | undefined> {
    const { self, replicas } = this.#parts;
    const bucket = this.#bucketOf(row);
    if (bucket === undefined) return undefined;
    const read = await replicas.read(self, row, "causality", bucket, this.#options());
    return read.type === "row" ? read.versions : undefined;
  }

  async #fetch(source: NodeId, row: Uint8Array): Promise<boolean> {
    const { self, replicas } = this.#parts;
    const bucket = this.#bucketOf(row);
    if (bucket === undefined) return false;
    const options = this.#options();
    const read = await replicas.read(source, row, "versions", bucket, options);
    if (read.type !== "row") return false;
    if (read.versions === undefined) return true;
    const merged = await replicas.merge(self, row, read.versions, bucket, {
      ...options,
      repair: true,
    });
    return merged.type === "durable";
  }

  async #recovered(partition: number): Promise<boolean> {
    try {
      await this.#parts.store.endRecovery(partition);
      return true;
    } catch (error) {
      if (error instanceof StoreFailure) return false;
      throw error;
    }
  }

  #options(): { epoch: number; deadlineMs: number } {
    const { cluster, clock } = this.#parts;
    return { epoch: cluster.ring.record.epoch, deadlineMs: clock.monotonicMs() + ASK_MS };
  }

  #bucketOf(row: Uint8Array): Bucket | undefined {
    return this.#parts.buckets.get(parseRowKey(row).bucket);
  }
}
