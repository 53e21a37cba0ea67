import type { Clock } from "@coterie/core";
import type { OrderedTransaction } from "../ordered-store.ts";
import type { SuspectRows } from "../suspect-rows.ts";
import type { LeafBook } from "./leaf-book.ts";

/** A partition that was written to waits so long for its entry: at most one dirty mark for it in this time. */
const FLUSH_PERIOD_MS = 60_000;
/** Entries of one transaction; 256 leaves take 2.3 KB. */
const FLUSH_PARTITIONS = 64;

/** Bounds of one step, which is a turn of the shard's worker in front of everybody's writes. */
const STEP_PARTITIONS = 64;
const STEP_BYTES = 1 << 20;

/** Milliseconds between steps: while rows are unread; in the first pass after a start; and while entries wait. */
const UNREAD_PAUSE_MS = 5;
const PASS_PAUSE_MS = 250;
const FLUSH_PAUSE_MS = 1_000;
const REST_MAX_MS = 10_000;
/** Later passes over all rows are spread over this time. */
const PASS_MS = 86_400_000;

/**
 * The background work of a shard: reads what is not known yet; verifies, partition after partition, the
 * checksum of each row and the leaves against the rows; and gives partitions that have come to rest their
 * entries. Writes go on between its steps.
 */
export class Scrub {
  readonly #leaves: LeafBook;
  readonly #suspects: SuspectRows;
  readonly #shard: { readonly shard: number; readonly shards: number };
  readonly #clock: Pick<Clock, "nowMs">;
  #next: number;
  #passes = 0;

  constructor(
    leaves: LeafBook,
    suspects: SuspectRows,
    shard: { shard: number; shards: number },
    clock: Pick<Clock, "nowMs">,
  ) {
    this.#leaves = leaves;
    this.#suspects = suspects;
    this.#shard = shard;
    this.#clock = clock;
    this.#next = shard.shard;
  }

  /** Reads on, at most `rowsMax` rows. */
  step(transaction: OrderedTransaction, rowsMax: number): void {
    let rows = 0;
    let bytes = 0;
    for (let visited = 0; visited < STEP_PARTITIONS; visited++) {
      const walk = this.#leaves.walk(this.#next);
      if (walk === undefined) return;
      for (let ended = false; !ended; ) {
        if (rows >= rowsMax || bytes >= STEP_BYTES) return;
        const step = walk.step(transaction, rowsMax - rows, (row) => this.#suspects.add(row));
        rows += step.rows;
        bytes += step.bytes;
        ended = step.ended;
      }
      this.#leaves.endWalk(walk, this.#clock.nowMs());
      if (walk.partition === this.#next) this.#advance();
    }
  }

  get flushIsDue(): boolean {
    const sinceMs = this.#leaves.unflushedSinceMs;
    return sinceMs !== undefined && sinceMs <= this.#clock.nowMs() - FLUSH_PERIOD_MS;
  }

  flush(transaction: OrderedTransaction): void {
    this.#leaves.flush(transaction, this.#clock.nowMs() - FLUSH_PERIOD_MS, FLUSH_PARTITIONS);
  }

  /** Milliseconds until the next step of `rowsMax` rows. */
  pauseMs(rowsMax: number): number {
    const { counted, space, totals } = this.#leaves;
    if (space === undefined) return PASS_PAUSE_MS;
    if (!counted) return UNREAD_PAUSE_MS;
    if (this.#passes === 0) return PASS_PAUSE_MS;
    const waiting = this.#leaves.unflushedSinceMs !== undefined;
    const partitions = space.partitions / this.#shard.shards;
    const steps = Math.max(totals.rows / rowsMax, partitions / STEP_PARTITIONS);
    const evenMs = Math.max(PASS_PAUSE_MS, PASS_MS / steps);
    return Math.min(waiting ? FLUSH_PAUSE_MS : REST_MAX_MS, evenMs);
  }

  #advance(): void {
    this.#next += this.#shard.shards;
    if (this.#next < this.#leaves.space!.partitions) return;
    this.#next = this.#shard.shard;
    this.#passes++;
  }
}
