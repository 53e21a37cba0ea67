import { bytesEqual, type Clock, type NodeId, type Timer, type Timers, toHex } from "@coterie/core";
import type { Bucket, Replicas } from "@coterie/quorum";
import { gainsAnew, type LeftoverReport } from "@coterie/rebalance";
import { parseRowKey, type RingView, type ScannedRow } from "@coterie/shard-engine";
import { decodeCausality, subsumes } from "@coterie/versions";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";
import { readPartition } from "./partition-pages.ts";
import type { RingKeeper } from "./ring-keeper.ts";

export interface RingLeftoversParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cluster: Cluster;
  readonly rings: RingKeeper;
  readonly buckets: Buckets;
  readonly store: NodeStore;
  readonly peers: Peers;
  readonly replicas: Pick<Replicas, "merge">;
}

/** Between two rounds, while something is left or the ring is new. */
const ROUND_MS = 1_000;
/** Between two partitions that had leftovers. */
const PAUSE_MS = 2;
const PAGE_ROWS = 256;
const MERGE_MS = 3_000;

type Leftover = ScannedRow & { readonly bucket: Bucket };

/**
 * What a ring change left behind: rows of partitions that this node gave up. They go once a last exchange has
 * shown that their owners lack none of them (design §9), or at once where the node is to own the
 * partition again, and would take them for the present (rule 4).
 */
export class RingLeftovers {
  readonly #parts: RingLeftoversParts;
  #timer: Timer | undefined;
  #stopped = false;
  /** The epoch under which nothing was found any more. */
  #cleanEpoch = 0;
  #partitions = 0;
  #obstacles = new Map<NodeId, string>();

  constructor(parts: RingLeftoversParts) {
    this.#parts = parts;
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

  /** Rows may have become leftovers though the ring is the same. */
  lookAgain(): void {
    this.#cleanEpoch = 0;
  }

  /** Under a ring whose rows were not looked through yet the node may hold anything. */
  report(): LeftoverReport {
    const isKnown = this.#cleanEpoch === this.#parts.cluster.ring.record.epoch;
    const partitions = isKnown ? 0 : Math.max(1, this.#partitions);
    return { partitions, obstacles: new Map(this.#obstacles) };
  }

  /**
   * Before a ring is in force: drops what is left of partitions that it gives to this node. What is written
   * there meanwhile is new, and harmless. Rejects when the disk does not take it.
   */
  async discard(from: RingView, to: RingView): Promise<void> {
    const { self } = this.#parts;
    const isGained = (partition: number, n: number): boolean =>
      gainsAnew(from, to, self, partition, n);
    for (const partition of this.#partitionsWhere(from, isGained)) {
      const rows = await this.#rowsOf(partition, from.record.epoch, (n) => isGained(partition, n));
      await this.#drop(rows, from.record.epoch, true);
    }
  }

  async #round(): Promise<void> {
    const { cluster } = this.#parts;
    const view = cluster.ring;
    const { epoch } = view.record;
    if (epoch === this.#cleanEpoch) return;
    const obstacles = new Map<NodeId, string>();
    let left = 0;
    try {
      const isLost = (partition: number, n: number): boolean => this.#isLost(view, partition, n);
      for (const partition of this.#partitionsWhere(view, isLost)) {
        if (this.#stopped || cluster.ring.record.epoch !== epoch) return;
        if (!(await this.#release(view, partition, obstacles))) left++;
      }
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return;
    }
    this.#partitions = left;
    this.#obstacles = obstacles;
    if (left === 0) this.#cleanEpoch = epoch;
  }

  /** Whether nothing is left of the partition's rows that are not this node's. */
  async #release(
    view: RingView,
    partition: number,
    obstacles: Map<NodeId, string>,
  ): Promise<boolean> {
    const { epoch } = view.record;
    const rows = await this.#rowsOf(partition, epoch, (n) => this.#isLost(view, partition, n));
    if (rows.length === 0) return true;
    const owners = new Set(rows.flatMap(({ bucket }) => view.primaries(partition, bucket.n)));
    let isSafe = true;
    for (const owner of owners) {
      const theirs = rows.filter(({ bucket }) => view.owns(owner, partition, bucket.n));
      const obstacle = obstacles.get(owner) ?? (await this.#exchange(owner, partition, theirs));
      if (obstacle === undefined) continue;
      obstacles.set(owner, obstacle);
      isSafe = false;
    }
    if (isSafe) await this.#drop(rows, epoch, false);
    await new Promise<void>((resolve) => this.#parts.timers.after(PAUSE_MS, resolve));
    return isSafe;
  }

  /** Gives the owner what it lacks; why that could not be done, as half a sentence. */
  async #exchange(
    owner: NodeId,
    partition: number,
    rows: readonly Leftover[],
  ): Promise<string | undefined> {
    const held = new Map<string, Uint8Array>();
    const read = await readPartition(this.#parts, owner, partition, async (page) => {
      for (const { row, causality } of page) held.set(toHex(row), causality);
      return undefined;
    });
    if (read.obstacle !== undefined) return read.obstacle;
    for (const row of rows) {
      const theirs = held.get(toHex(row.row));
      const ours = decodeCausality(row.versions);
      if (theirs !== undefined && subsumes(decodeCausality(theirs), ours)) continue;
      if (!(await this.#give(owner, partition, row))) return "it did not take a row that it lacks";
    }
    return undefined;
  }

  async #give(owner: NodeId, partition: number, { row, bucket }: Leftover): Promise<boolean> {
    const { store, replicas, cluster, clock } = this.#parts;
    const { epoch } = cluster.ring.record;
    const scan = { epoch, partition, from: row, limit: 1, want: "versions" as const };
    const found = await store.scan(scan);
    // A row that is gone meanwhile, or damaged, is left out: then the scan's first is another key's.
    const [first] = found.type === "rows" ? found.rows : [];
    if (found.type === "refused" || first === undefined || !bytesEqual(first.row, row))
      return false;
    const merged = await replicas.merge(owner, row, first.versions, bucket, {
      epoch,
      deadlineMs: clock.monotonicMs() + MERGE_MS,
      repair: true,
      era: found.era,
    });
    return merged.type === "durable";
  }

  /** This node's rows of the partition whose N is wanted, described by their clocks. */
  async #rowsOf(
    partition: number,
    epoch: number,
    isWanted: (n: number) => boolean,
  ): Promise<Leftover[]> {
    const { store, buckets } = this.#parts;
    const rows: Leftover[] = [];
    let from: Uint8Array | undefined;
    do {
      const scan = { epoch, partition, from, limit: PAGE_ROWS, want: "causality" as const };
      const page = await store.scan(scan);
      if (page.type === "refused") throw new StoreFailure(page.detail);
      for (const row of page.rows) {
        const bucket = buckets.get(parseRowKey(row.row).bucket);
        if (bucket !== undefined && isWanted(bucket.n)) rows.push({ ...row, bucket });
      }
      from = page.next;
    } while (from !== undefined);
    return rows;
  }

  async #drop(rows: readonly Leftover[], epoch: number, regained: boolean): Promise<void> {
    const { store } = this.#parts;
    for (let at = 0; at < rows.length; at += PAGE_ROWS) {
      const dropped = rows.slice(at, at + PAGE_ROWS).map(async ({ row, bucket: { n } }) => {
        const write = store.write({ type: "dropRow", epoch, row, n, regained });
        const [staged, committed] = await Promise.all([write.staged, write.committed]);
        if (staged.type === "refused") throw new StoreFailure(staged.detail);
        if (committed.type === "failed") throw new StoreFailure(committed.detail);
      });
      await Promise.all(dropped);
    }
  }

  #isLost(view: RingView, partition: number, n: number): boolean {
    return !view.owns(this.#parts.self, partition, n);
  }

  #partitionsWhere(
    { record }: RingView,
    holds: (partition: number, n: number) => boolean,
  ): number[] {
    const ns = new Set(this.#parts.buckets.list().map(({ n }) => n));
    const partitions: number[] = [];
    for (let partition = 0; partition < record.partitions; partition++) {
      if ([...ns].some((n) => holds(partition, n))) partitions.push(partition);
    }
    return partitions;
  }
}
