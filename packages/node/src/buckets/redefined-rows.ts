import type { Clock, NodeId, Timer, Timers } from "@coterie/core";
import type { Replicas } from "@coterie/quorum";
import { parseRowKey } from "@coterie/shard-engine";
import type { Cluster } from "../membership/cluster.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";
import type { Buckets } from "./buckets.ts";

export interface RedefinedRowsParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly store: NodeStore;
  readonly replicas: Pick<Replicas, "merge">;
  /** Rows of another N may be no longer this node's. */
  readonly onMoved: () => void;
}

const ROUND_MS = 1_000;
/** A request that began under the N before has ended by then; its deadline is shorter. */
const LATE_MS = 60_000;
const PAGE_ROWS = 64;
const MERGE_MS = 3_000;

/**
 * Where two nodes had made one bucket with different N, the higher stands, and what was written under the lower
 * belongs to other trees and other primaries from then on. Each node merges its own such rows into themselves, which
 * moves them to the tree of the new N, where anti-entropy brings them to all primaries; those that are not its own
 * any more are leftovers. The mark is durable, and goes when a round that began late enough has met every row.
 */
export class RedefinedRows {
  readonly #parts: RedefinedRowsParts;
  readonly #sinceMs = new Map<string, number>();
  /** Of a round that found every row and began too early to be the last. */
  readonly #done = new Set<string>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: RedefinedRowsParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.timers.after(ROUND_MS, () => {
      void this.#round()
        .catch((error) => {
          // Another round begins soon.
          if (!(error instanceof StoreFailure)) throw error;
        })
        .finally(() => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { buckets, clock, cluster, onMoved } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const name of buckets.redefined) {
      if (!this.#sinceMs.has(name)) this.#sinceMs.set(name, nowMs);
    }
    const isLate = (name: string): boolean => nowMs - this.#sinceMs.get(name)! >= LATE_MS;
    const due = [...buckets.redefined].filter((name) => isLate(name) || !this.#done.has(name));
    if (due.length === 0) return;
    const { partitions } = cluster.ring.record;
    for (let partition = 0; partition < partitions; partition++) {
      if (this.#stopped || !(await this.#moveRows(partition, new Set(due)))) return;
    }
    onMoved();
    for (const name of due) {
      this.#done.add(name);
      if (!isLate(name)) continue;
      await buckets.settleRedefined(name);
      this.#sinceMs.delete(name);
      this.#done.delete(name);
    }
  }

  /** False: not every row could be read and written. */
  async #moveRows(partition: number, names: ReadonlySet<string>): Promise<boolean> {
    const { cluster, store, buckets, replicas, self, clock } = this.#parts;
    const { ring } = cluster;
    const { epoch } = ring.record;
    let from: Uint8Array | undefined;
    do {
      const page = await store.scan({ epoch, partition, from, limit: PAGE_ROWS, want: "versions" });
      if (page.type === "refused") return false;
      const { era } = page;
      const moves = page.rows.map(async ({ row, versions }) => {
        const { bucket: name } = parseRowKey(row);
        const bucket = names.has(name) ? buckets.get(name) : undefined;
        if (bucket === undefined || !ring.owns(self, partition, bucket.n)) return true;
        const deadlineMs = clock.monotonicMs() + MERGE_MS;
        const options = { epoch, deadlineMs, repair: true, era };
        return (await replicas.merge(self, row, versions, bucket, options)).type === "durable";
      });
      if ((await Promise.all(moves)).includes(false)) return false;
      from = page.next;
    } while (from !== undefined);
    return true;
  }
}
