import { LeafSpace, type TreeShape } from "@coterie/merkle-tree";
import type { HeldRow } from "../held-row.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import { tokenOf } from "../row-key.ts";
import { countedRow } from "./counted-row.ts";
import { FlushQueue } from "./flush-queue.ts";
import { deleteLeafEntry, putLeafEntry, readLeafEntries } from "./leaf-entries.ts";
import { leafShape } from "./leaf-shape.ts";
import { type CountedRow, PartitionLeaves } from "./partition-leaves.ts";
import { PartitionWalk } from "./partition-walk.ts";

/** What a row becomes: its bucket's N, its versions, and the bytes of its stored value. */
export interface WrittenRow {
  readonly n: number;
  readonly versions: Uint8Array;
  readonly valueBytes: number;
}

interface StagedChange {
  readonly partition: number;
  readonly row: Uint8Array;
  readonly leaf: number;
  readonly before: CountedRow | undefined;
  readonly after: CountedRow | undefined;
}

/**
 * The leaves of a shard's partitions: sums in memory that follow every commit, and entries in the store
 * from which they are known again at the next start (design §5).
 *
 * Invariants: (1) what `of` gives is exactly what the committed rows add up to, as far as the store has
 * not lost or damaged them by itself, and walks find that; (2) an entry in the store is right whenever
 * a transaction ends: the first change of its partition deletes it in the change's own transaction, and
 * nothing more is written until it is flushed; (3) a partition without an entry is read anew after a start.
 */
export class LeafBook {
  readonly #shard: { readonly shard: number; readonly shards: number };
  readonly #onCorrected: () => void;
  #space: LeafSpace | undefined;
  #shape: TreeShape | undefined;
  /** As read at the start, until a ring says how many partitions there are. */
  #entries: Map<number, Uint8Array>;
  /** By partition. Every write comes here: an array takes a third of a map's time. */
  readonly #known: (PartitionLeaves | undefined)[] = [];
  /** 1 for a partition that has an entry. */
  #stored = new Uint8Array(0);
  readonly #unflushed = new FlushQueue();
  /** Partitions to be read before anything is known of them. */
  readonly #unread = new Set<number>();
  #walk: PartitionWalk | undefined;
  #scrubbed = 0;
  #corrected = 0;
  /** Somebody asks for this one: it is read next. */
  #wanted: number | undefined;
  #staged: StagedChange[] = [];
  readonly #deleted = new Set<number>();
  readonly #put = new Set<number>();
  readonly #doubted = new Set<number>();

  /** `onCorrected`: a walk has found other rows than the writes had made. */
  constructor(
    transaction: OrderedTransaction,
    shard: { shard: number; shards: number },
    onCorrected: () => void,
  ) {
    this.#shard = shard;
    this.#onCorrected = onCorrected;
    this.#entries = readLeafEntries(transaction);
  }

  /** A ring says how many partitions there are; that never changes. */
  lay(partitions: number): void {
    if (this.#space !== undefined) return;
    this.#shape = leafShape(partitions);
    this.#space = new LeafSpace(partitions, this.#shape.leaves);
    this.#unflushed.lay(partitions);
    this.#stored = new Uint8Array(partitions);
    for (let p = 0; p < partitions; p++) {
      this.#known[p] = undefined;
      if (p % this.#shard.shards !== this.#shard.shard) continue;
      const entry = this.#entries.get(p);
      if (entry !== undefined) this.#stored[p] = 1;
      const leaves = entry && PartitionLeaves.decode(this.#shape, entry);
      if (leaves === undefined) this.#unread.add(p);
      else this.#known[p] = leaves;
    }
    this.#entries = new Map();
  }

  get space(): LeafSpace | undefined {
    return this.#space;
  }

  get shape(): TreeShape | undefined {
    return this.#shape;
  }

  /** Undefined: its rows are still to be read. */
  of(partition: number): PartitionLeaves | undefined {
    return this.#known[partition];
  }

  /** Everything is known. */
  get counted(): boolean {
    return this.#unread.size === 0;
  }

  get totals(): { readonly rows: number; readonly rowBytes: number } {
    let { rows = 0, rowBytes = 0 } = this.#walkOfUnread()?.found ?? {};
    for (const leaves of this.#known) {
      rows += leaves?.rows ?? 0;
      rowBytes += leaves?.rowBytes ?? 0;
    }
    return { rows, rowBytes };
  }

  /** Partitions walked since the start, and how many of those that were known had other rows than that. */
  get scrubs(): { readonly scrubbedPartitions: number; readonly correctedPartitions: number } {
    return { scrubbedPartitions: this.#scrubbed, correctedPartitions: this.#corrected };
  }

  /** A row is being written, or dropped (`after` undefined); to be called for every change of a row. */
  stage(
    transaction: OrderedTransaction,
    partition: number,
    row: Uint8Array,
    held: HeldRow,
    after: WrittenRow | undefined,
  ): void {
    if (this.#stored[partition] === 1 && !this.#deleted.has(partition)) {
      deleteLeafEntry(transaction, partition);
      this.#deleted.add(partition);
    }
    // Nobody can tell what stood here, so nobody can take it off a sum.
    if (held.state === "suspect") this.#doubted.add(partition);
    if (this.#known[partition] === undefined && this.#walk?.partition !== partition) return;
    this.#staged.push({
      partition,
      row,
      leaf: this.#space!.leafOf(tokenOf(row)),
      before: held.stored && countedRow(row, held.stored.n, held.stored.versions, held.valueBytes),
      after: after && countedRow(row, after.n, after.versions, after.valueBytes),
    });
  }

  /** Stages entries of at most `limit` partitions that have been without one since `sinceMs` or longer. */
  flush(transaction: OrderedTransaction, sinceMs: number, limit: number): void {
    for (const partition of this.#unflushed.due(sinceMs, limit)) {
      const leaves = this.#known[partition]!;
      if (leaves.rows === 0) deleteLeafEntry(transaction, partition);
      else putLeafEntry(transaction, partition, leaves.encode());
      this.#put.add(partition);
    }
  }

  /** When `flush` has something to do; undefined: nothing is waiting. */
  get unflushedSinceMs(): number | undefined {
    return this.#unflushed.oldestMs;
  }

  /** The transaction has ended. */
  settle(committed: boolean, nowMs: number): void {
    if (committed) {
      for (const partition of this.#put) {
        this.#unflushed.delete(partition);
        this.#stored[partition] = this.#known[partition]!.rows > 0 ? 1 : 0;
      }
      for (const { partition, row, leaf, before, after } of this.#staged) {
        const known = this.#known[partition];
        known?.replace(leaf, before, after);
        if (known !== undefined) this.#unflushed.add(partition, nowMs);
        if (this.#walk?.partition === partition) this.#walk.replace(row, leaf, before, after);
      }
      for (const partition of this.#deleted) this.#stored[partition] = 0;
      for (const partition of this.#doubted) this.doubt(partition);
    }
    this.#staged = [];
    if (this.#deleted.size > 0) this.#deleted.clear();
    if (this.#put.size > 0) this.#put.clear();
    if (this.#doubted.size > 0) this.#doubted.clear();
  }

  /** What is known of the partition may be wrong: it is read again before anybody is told. */
  doubt(partition: number): void {
    this.#known[partition] = undefined;
    this.#unflushed.delete(partition);
    this.#unread.add(partition);
    if (this.#walk?.partition === partition) this.#walk = undefined;
  }

  /** Somebody asked for what is not known yet: it is read next. */
  hasten(partition: number): void {
    if (this.#unread.has(partition)) this.#wanted = partition;
  }

  /** The walk that goes on: of what is unread, else of `next`, to see whether what is known still holds. */
  walk(next: number): PartitionWalk | undefined {
    if (this.#space === undefined) return undefined;
    const [first] = this.#unread;
    if (first !== undefined && this.#walkOfUnread() === undefined) this.#walk = undefined;
    const unread = this.#wanted ?? first;
    this.#walk ??= new PartitionWalk(unread ?? next, this.#space, this.#shape!);
    return this.#walk;
  }

  /** The walk has read all of its partition: what it found holds. */
  endWalk({ partition, found }: PartitionWalk, nowMs: number): void {
    const known = this.#known[partition];
    this.#walk = undefined;
    if (this.#wanted === partition) this.#wanted = undefined;
    this.#scrubbed++;
    this.#unread.delete(partition);
    if (known?.equals(found)) return;
    if (known !== undefined) {
      this.#corrected++;
      this.#onCorrected();
    }
    this.#known[partition] = found;
    if (found.rows > 0 || this.#stored[partition] === 1) this.#unflushed.add(partition, nowMs);
  }

  #walkOfUnread(): PartitionWalk | undefined {
    const walk = this.#walk;
    return walk !== undefined && this.#unread.has(walk.partition) ? walk : undefined;
  }
}
