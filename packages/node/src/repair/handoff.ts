import type { Clock, NodeId, Timers } from "@coterie/core";
import {
  type Delivery,
  type DrainReport,
  type Hint,
  HintDrainer,
  type HintSlice,
} from "@coterie/hinted-handoff";
import type { Bucket, Replicas } from "@coterie/quorum";
import { parseRowKey, partitionOfRow, type Staged } from "@coterie/shard-engine";
import {
  causalityOf,
  decodeCausality,
  type Era,
  FIRST_ERA,
  isOutdated,
  subsumes,
} from "@coterie/versions";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { NodeStore } from "../node-store.ts";

export interface HandoffParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly replicas: Pick<Replicas, "read" | "merge">;
  readonly onEvent: (event: NodeEvent) => void;
}

/** How long one delivery may take. */
const DELIVERY_MS = 2_000;

/** How long, and how often, a hint waits for the ring that its shard has already. */
const RING_PAUSE_MS = 10;
const RINGS_MAX = 100;

/** This node's hints on their way home: the drainer over shards and links. */
export class Handoff {
  readonly #parts: HandoffParts;
  readonly #drainer: HintDrainer;

  constructor(parts: HandoffParts) {
    const { self, clock, timers, store, peers, onEvent } = parts;
    this.#parts = parts;
    this.#drainer = new HintDrainer(
      {
        clock,
        timers,
        slice: (from, limit) => this.#slice(from, limit),
        drop: async ({ row, versions }) => {
          await store.write({ type: "dropHint", row, versions }).committed;
        },
        primaries: (row) => this.#primaries(row),
        isReachable: (node) => node === self || peers.isUp(node),
        deliver: (to, hint) => this.#deliver(to, hint),
      },
      { onPass: ({ drained, waiting }) => onEvent({ type: "hintsDrained", drained, waiting }) },
    );
  }

  start(): void {
    this.#drainer.start();
  }

  stop(): void {
    this.#drainer.stop();
  }

  /** A member came back: what is kept for it may go home now. */
  nudge(): void {
    this.#drainer.nudge();
  }

  /** Everything kept before this call has been tried once when it resolves. */
  drain(): Promise<DrainReport> {
    return this.#drainer.drain();
  }

  /** Keeps what a primary missed, durable when it resolves; a full store of hints refuses, and says so once. */
  async keep(
    node: NodeId,
    row: Uint8Array,
    versions: Uint8Array,
    era: Era | undefined,
  ): Promise<void> {
    const { cluster, store, timers, onEvent } = this.#parts;
    const bucket = this.#bucketOf(row);
    if (bucket === undefined) return;
    const hint = { type: "keepHint", row, bucket, versions, era, intendedFor: node } as const;
    const keepUnder = (epoch: number) => store.write({ ...hint, epoch }).staged;
    let staged = await keepUnder(cluster.ring.record.epoch);
    for (let tries = 0; tries < RINGS_MAX && isOfOtherRing(staged); tries++) {
      // The shard has the next ring already, and in a moment this node has.
      await new Promise<void>((resolve) => timers.after(RING_PAUSE_MS, resolve));
      staged = await keepUnder(cluster.ring.record.epoch);
    }
    if (staged.type === "refused") {
      onEvent({ type: "fault", doing: `keeping a hint for ${node}`, detail: staged.detail });
    } else {
      this.kept(node);
    }
  }

  /** A hint was kept here for this primary. If it can be reached, it is there already and need not wait for a nudge. */
  kept(intendedFor: NodeId): void {
    if (!this.#parts.peers.refuses(intendedFor)) this.#drainer.expect();
  }

  async #slice(from: Uint8Array | undefined, limit: number): Promise<HintSlice> {
    const { hints, next } = await this.#parts.store.hints(from, limit);
    return { hints, next };
  }

  #primaries(row: Uint8Array): readonly NodeId[] {
    const bucket = this.#bucketOf(row);
    if (bucket === undefined) return [];
    const { ring } = this.#parts.cluster;
    return ring.primaries(partitionOfRow(row, ring.record.partitions), bucket.n);
  }

  #bucketOf(row: Uint8Array): Bucket | undefined {
    return this.#parts.buckets.get(parseRowKey(row).bucket);
  }

  /** Asks for the clock first: mostly the primary has it already, and the values can stay here. */
  async #deliver(to: NodeId, { row, versions, era }: Hint): Promise<Delivery> {
    const { replicas, cluster, clock } = this.#parts;
    const bucket = this.#bucketOf(row);
    if (bucket === undefined) return "later";
    const { epoch } = cluster.ring.record;
    const deadlineMs = clock.monotonicMs() + DELIVERY_MS;
    const held = await replicas.read(to, row, "causality", bucket, { epoch, deadlineMs });
    if (held.type !== "row") return "later";
    if (held.era !== undefined && isOutdated(era ?? FIRST_ERA, held.era)) {
      // These hints are an old copy: the primary has collected since, which it could not while they were kept.
      const partition = partitionOfRow(row, cluster.ring.record.partitions);
      const { collected } = held.era;
      await this.#parts.store.collect({ type: "adoptEra", partition, swept: collected, collected });
      return "later";
    }
    const hinted = decodeCausality(causalityOf(versions));
    if (held.versions !== undefined && subsumes(decodeCausality(held.versions), hinted)) {
      return "durable";
    }
    const options = { epoch, deadlineMs, repair: true, era };
    const merged = await replicas.merge(to, row, versions, bucket, options);
    return merged.type === "durable" ? "durable" : "later";
  }
}

function isOfOtherRing(staged: Staged): boolean {
  return staged.type === "refused" && staged.reason === "epoch";
}
