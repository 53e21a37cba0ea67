import type { Clock, NodeId, Timer, Timers } from "@coterie/core";
import type { Bucket, Replicas } from "@coterie/quorum";
import { type ScanDuty, scanDuties, weakestRules } from "@coterie/rebalance";
import { parseRowKey } from "@coterie/shard-engine";
import { decodeCausality, subsumes } from "@coterie/versions";
import type { RowClock } from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";
import { CopyPace, yieldMs } from "./copy-pace.ts";
import { readPartition } from "./partition-pages.ts";
import type { RingCopies } from "./ring-copies.ts";
import type { RingKeeper } from "./ring-keeper.ts";

export interface RingCopierParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cluster: Cluster;
  readonly rings: RingKeeper;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly replicas: Pick<Replicas, "read" | "merge">;
  readonly copies: RingCopies;
  readonly store: NodeStore;
  /** See `EraNews.learn`. */
  readonly learnEras: () => Promise<unknown>;
  /** The longest that this node's event loop or its disk kept anything waiting lately, milliseconds. */
  readonly slownessMs: () => number;
  readonly onEvent: (event: NodeEvent) => void;
}

/** Between two rounds over what is to be copied, when something was left. */
const ROUND_MS = 500;
/** Partitions that are copied at once: more hides the waiting for the disk, and takes more from clients. */
const LANES = 4;
/** Between two partitions of a lane: clients come first. More copies slower and disturbs less. */
const PAUSE_MS = 2;
/** Rows of a partition that are fetched at once. */
const FETCHES = 16;
const FETCH_MS = 3_000;
/** The longest that a rest goes on without looking whether it is still wanted. */
const STEP_MS = 250;

/**
 * A gainer's part of a ring change (design §9): while the ring is in `joining` it reads what it gained from
 * the old owners, and notes which partition it has completely from whom. The note of a partition is durable
 * before it is reported; rows are durable before the note.
 */
export class RingCopier {
  readonly #parts: RingCopierParts;
  readonly #pace: CopyPace;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: RingCopierParts) {
    this.#parts = parts;
    this.#pace = new CopyPace(parts.clock.monotonicMs());
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.timers.after(ROUND_MS, () => {
      void this.#round().finally(() => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { cluster, copies, buckets, peers, learnEras, onEvent } = this.#parts;
    const { change } = cluster.ring.record;
    try {
      await copies.begin(change?.id);
      copies.obstacles.clear();
      if (!this.#mayCopy(change?.id)) return;
      // Buckets that this node has not heard of have duties, too.
      await Promise.all(peers.up().map((id) => buckets.exchangeWith(id)));
      const queue = [...this.#duties()];
      // Whoever came later has missed the collections of what it gains. Told of one by a first merge after the switch
      // it would begin anew when it is to answer reads; so it asks, and recovers, before anything counts.
      await learnEras();
      const lane = async (): Promise<void> => {
        for (let duty = queue.shift(); duty !== undefined; duty = queue.shift()) {
          if (!this.#mayCopy(change?.id)) return;
          await this.#meet(duty);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      onEvent({ type: "fault", doing: "copying partitions", detail: error.message });
    }
  }

  #mayCopy(id: string | undefined): boolean {
    const { phase, change } = this.#parts.cluster.ring.record;
    const isOn = change !== undefined && change.id === id && !change.paused && !change.aborting;
    return isOn && phase === "joining" && !this.#stopped;
  }

  #duties(): readonly ScanDuty[] {
    const { cluster, buckets, self } = this.#parts;
    const rules = buckets.list().map(({ n, rMin, wMin }) => ({ n, rMin, wMin }));
    const epoch = cluster.ring.record.epoch;
    const leftovers = { partitions: 0, obstacles: new Map() };
    const ours = { epoch, rules, scans: undefined, leftovers };
    return scanDuties(cluster.ring, weakestRules(new Map([[self, ours]]))).filter(
      ({ node }) => node === self,
    );
  }

  /** Reads sources until the duty is met; one that is recovering is read, and counts for less. */
  async #meet({ partition, sources, required }: ScanDuty): Promise<void> {
    const { copies, timers } = this.#parts;
    let whole = sources.filter((source) => copies.has(source, partition, "whole")).length;
    for (const source of sources) {
      if (whole >= required || this.#stopped) return;
      if (copies.has(source, partition, "whole")) continue;
      if (copies.obstacles.has(source)) continue;
      const { obstacle, recovering } = await this.#copy(source, partition);
      if (obstacle !== undefined) copies.obstacles.set(source, obstacle);
      else if (!recovering) {
        await copies.add(source, partition, "whole");
        whole++;
      } else if (!copies.has(source, partition, "partial")) {
        await copies.add(source, partition, "partial");
      }
      await new Promise<void>((resolve) => timers.after(PAUSE_MS, resolve));
    }
  }

  async #copy(source: NodeId, partition: number) {
    const { cluster } = this.#parts;
    const id = cluster.ring.record.change?.id;
    return readPartition(this.#parts, source, partition, async (rows) => {
      if (rows.some(({ row }) => this.#bucketOf(row) === undefined)) {
        return "it has rows of a bucket that is not known here yet";
      }
      const wanted = rows.filter(({ row }) => this.#isWanted(row, source, partition));
      const missing = await this.#fetchAll(source, wanted);
      if (!this.#mayCopy(id)) return "the copying was interrupted";
      return missing === 0 ? undefined : `${missing} of its rows could not be fetched`;
    });
  }

  /** Rows of other buckets share the partition: of those that this node is to hold, and the source held. */
  #isWanted(row: Uint8Array, source: NodeId, partition: number): boolean {
    const { self } = this.#parts;
    const { n } = this.#bucketOf(row)!;
    const { ring } = this.#parts.cluster;
    return ring.owns(self, partition, n) && ring.ring(n).owns(source, partition);
  }

  /** How many of the rows are not here. */
  async #fetchAll(source: NodeId, rows: readonly RowClock[]): Promise<number> {
    const queue = [...rows];
    let missing = 0;
    const { clock } = this.#parts;
    const id = this.#parts.cluster.ring.record.change?.id;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (!this.#mayCopy(id)) {
          // It may be resumed before this partition is judged.
          missing++;
          return;
        }
        const beganMs = clock.monotonicMs();
        if (!(await this.#fetch(source, next))) missing++;
        await this.#rest(source, clock.monotonicMs() - beganMs);
      }
    };
    await Promise.all(Array.from({ length: Math.min(FETCHES, rows.length) }, worker));
    return missing;
  }

  /** In short steps: the throttle may be changed meanwhile, and the change paused or taken back. */
  async #rest(source: NodeId, tookMs: number): Promise<void> {
    const { clock, timers, cluster, peers, slownessMs } = this.#parts;
    const id = cluster.ring.record.change?.id;
    const slowMs = Math.max(slownessMs(), peers.averageLatencyMs(source));
    const yieldUntilMs = clock.monotonicMs() + yieldMs(tookMs, slowMs);
    while (this.#mayCopy(id)) {
      const nowMs = clock.monotonicMs();
      const throttle = cluster.ring.record.change?.throttle;
      const leftMs =
        throttle === undefined ? yieldUntilMs - nowMs : this.#pace.debtMs(throttle, nowMs);
      if (leftMs <= 0) return;
      await new Promise<void>((resolve) => timers.after(Math.min(leftMs, STEP_MS), resolve));
    }
  }

  /** Whether the row, as it was described, is durable here afterwards. */
  async #fetch(source: NodeId, { row, causality }: RowClock): Promise<boolean> {
    const { self, replicas, cluster, clock } = this.#parts;
    const bucket = this.#bucketOf(row)!;
    const { epoch } = cluster.ring.record;
    const options = { epoch, deadlineMs: clock.monotonicMs() + FETCH_MS };
    const held = await replicas.read(self, row, "causality", bucket, options);
    if (held.type !== "row") return false;
    if (held.versions !== undefined && !held.recovering) {
      if (subsumes(decodeCausality(held.versions), decodeCausality(causality))) return true;
    }
    const read = await replicas.read(source, row, "versions", bucket, options);
    if (read.type !== "row") return false;
    if (read.versions === undefined) return true;
    const bytes = row.length + causality.length + read.versions.length;
    this.#pace.spend(bytes, cluster.ring.record.change?.throttle, clock.monotonicMs());
    const repair = { ...options, repair: true, era: read.era };
    return (await replicas.merge(self, row, read.versions, bucket, repair)).type === "durable";
  }

  #bucketOf(row: Uint8Array): Bucket | undefined {
    return this.#parts.buckets.get(parseRowKey(row).bucket);
  }
}
