import { assert, type Clock, CodecError } from "@coterie/core";
import { Collector } from "./collection/collect.ts";
import { EraBook } from "./collection/era-book.ts";
import { Eras } from "./collection/eras.ts";
import type { CollectionAnswer, CollectionQuestion } from "./collection/questions.ts";
import type {
  CommitResult,
  HintScan,
  HintScanResult,
  MetaResult,
  ReadCommand,
  ReadResult,
  Refused,
  ScanCommand,
  ScanResult,
  ShardStats,
  Staged,
  WriteCommand,
} from "./commands.ts";
import { CommittedRows } from "./committed-rows.ts";
import { HintBook } from "./hint-book.ts";
import { LeafBook } from "./leaves/leaf-book.ts";
import type { MerkleAnswer, MerkleQuestion } from "./leaves/merkle-question.ts";
import { Scrub } from "./leaves/scrub.ts";
import { type OrderedStore, type OrderedTransaction, StorageError } from "./ordered-store.ts";
import { isRefusal, type Refusal, storageRefusal } from "./refusal.ts";
import { RowWriter } from "./row-writer.ts";
import type { ShardEngineOptions } from "./shard-engine-options.ts";
import { ShardMeta } from "./shard-meta.ts";
import { SuspectRows } from "./suspect-rows.ts";
import { WriteStage } from "./write-stage.ts";

const HINT_BYTES_MAX = 256 << 20;
/** Milliseconds until a step of the background work that could not be done is tried again. */
const BUSY_PAUSE_MS = 20;
const FAILED_PAUSE_MS = 1_000;

/**
 * The storage logic of one shard over an ordered transaction; synchronous, and alone on its store.
 * Commands come in batches: first reads, then writes by `stage`, then `commit`.
 *
 * Invariants: (1) the actor is fresh at every open, and durable before its first dot; (2) epoch and
 * ownership are compared in the transaction, never earlier; (3) a ring is in force only once it is
 * durable; (4) reads see committed rows; (5) after a failed commit the store is as before, no dot of it
 * is given again, and no interval is extended over one; (6) a damaged row is never taken for an absent
 * one: whoever reads it is told, and whatever overwrites it leaves its partition recovering.
 */
export class ShardEngine {
  readonly #store: OrderedStore;
  readonly #meta: ShardMeta;
  readonly #suspects: SuspectRows;
  readonly #leaves: LeafBook;
  readonly #rows: CommittedRows;
  readonly #scrub: Scrub;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #sums = { minted: 0, merged: 0, read: 0, refused: 0, batches: 0, failedBatches: 0 };
  readonly #writer: RowWriter;
  readonly #hints: HintBook;
  readonly #book: EraBook;
  readonly #collector: Collector;
  readonly #writes: WriteStage;
  #transaction: OrderedTransaction | undefined;
  #writing = false;
  /** Why this batch cannot commit any more. */
  #failure: StorageError | undefined;
  #lastFault: string | undefined;

  /** Throws `StorageError` when the store cannot be used, or belongs to another shard. */
  static open(store: OrderedStore, options: ShardEngineOptions): ShardEngine {
    try {
      const transaction = store.begin();
      const meta = new ShardMeta(transaction, options.shard, options.shards);
      const book = new EraBook(transaction);
      const hints = new HintBook(transaction, meta, book, {
        clock: options.clock,
        hintBytesMax: options.hintBytesMax ?? HINT_BYTES_MAX,
      });
      const leaves = new LeafBook(transaction, options, () => store.forget?.());
      const engine = new ShardEngine(store, meta, book, hints, leaves, options);
      engine.#transaction = transaction;
      engine.#writing = true;
      const failure = engine.#endBatch();
      if (failure !== undefined) throw failure;
      return engine;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const sentence = `what the shard knows of itself is damaged: ${error.message}`;
      throw new StorageError("corrupt", sentence);
    }
  }

  private constructor(
    store: OrderedStore,
    meta: ShardMeta,
    book: EraBook,
    hints: HintBook,
    leaves: LeafBook,
    options: ShardEngineOptions,
  ) {
    this.#store = store;
    this.#suspects = new SuspectRows(() => store.forget?.());
    this.#meta = meta;
    this.#hints = hints;
    this.#leaves = leaves;
    this.#book = book;
    this.#rows = new CommittedRows(meta, book, leaves, this.#suspects);
    this.#clock = options.clock;
    const spaces = { leaves, hints, suspects: this.#suspects };
    const eras = new Eras(book, meta, spaces);
    const actor = () => this.#writer.actor;
    const collector = new Collector({ ...spaces, meta, book, clock: options.clock, actor });
    this.#collector = collector;
    this.#scrub = new Scrub(leaves, this.#suspects, options, options.clock);
    const writer = new RowWriter(meta, leaves, this.#suspects, { book, eras }, options);
    this.#writer = writer;
    this.#writes = new WriteStage({ meta, writer, hints, eras, collector, sums: this.#sums });
  }

  /** Of the ring in force; 0: there is none. */
  get epoch(): number {
    return this.#meta.epoch;
  }

  /** Committed state, before the writes of the batch. */
  read(command: ReadCommand): ReadResult {
    return this.#look((transaction) => {
      this.#sums.read++;
      if (command.standIn === true) return this.#hints.read(transaction, command);
      return this.#rows.read(transaction, command);
    });
  }

  /** A slice of the hints that this node keeps. */
  hints(scan: HintScan): HintScanResult {
    return this.#look((transaction) => ({
      type: "hints" as const,
      ...this.#hints.scan(transaction, scan),
    }));
  }

  /** A slice of a partition's committed rows, owned or not: leftovers are scanned too. */
  scan(command: ScanCommand): ScanResult {
    return this.#look((transaction) => this.#rows.scan(transaction, command));
  }

  /** What others, and this node, ask about the leaves of the committed rows. */
  merkle(question: MerkleQuestion): MerkleAnswer {
    return this.#look((transaction) => this.#rows.merkle(transaction, question));
  }

  /** What a collection round asks of the committed rows. */
  collection(question: CollectionQuestion): CollectionAnswer {
    return this.#look((transaction) => this.#collector.answer(transaction, question));
  }

  /** What the node has stored under keys that start with `prefix`. */
  meta(prefix: string): MetaResult {
    return this.#look((transaction) => ({
      type: "meta",
      entries: this.#meta.node(transaction, prefix),
    }));
  }

  /**
   * Carries a write out in the transaction of the batch, which sees the writes before it. The command's bytes
   * are not needed after the batch.
   */
  stage(command: WriteCommand): Staged {
    if (this.#failure !== undefined) return this.#refuse(storageRefusal(this.#failure));
    try {
      this.#transaction ??= this.#store.begin();
      this.#writing = true;
      const staged = this.#writes.stage(this.#transaction, command);
      return staged.type === "refusal" ? this.#refuse(staged) : staged;
    } catch (error) {
      // The store has rolled back, so what was staged before this command is gone as well.
      if (error instanceof StorageError) this.#failure = error;
      else if (!(error instanceof CodecError)) throw error;
      return this.#refuse(storageRefusal(error));
    }
  }

  /** Ends the batch: durable as a whole, or as if it had never been. */
  commit(): CommitResult {
    if (!this.#writing) {
      this.#transaction?.rollback();
      this.#transaction = undefined;
      return { type: "committed" };
    }
    const failure = this.#endBatch();
    this.#sums.batches++;
    if (failure === undefined) return { type: "committed" };
    this.#sums.failedBatches++;
    this.#lastFault = failure.message;
    return { type: "failed", kind: failure.kind, detail: failure.message };
  }

  /**
   * One step of the background work (`Scrub`), of at most `rowsMax` rows. To be called again and again, between
   * batches; returns after how many milliseconds.
   */
  scrub(rowsMax: number): number {
    if (this.#writing) return BUSY_PAUSE_MS;
    const failed = this.#look((transaction) => this.#scrub.step(transaction, rowsMax));
    this.commit();
    if (failed !== undefined) return FAILED_PAUSE_MS;
    if (this.#scrub.flushIsDue) this.#flush((transaction) => this.#scrub.flush(transaction));
    return this.#scrub.pauseMs(rowsMax);
  }

  stats(): ShardStats {
    const { shard, shards, actors, epoch, recoveringPartitions, recoveryMark } = this.#meta;
    return {
      shard,
      shards,
      epoch,
      actor: this.#writer.actor,
      actors: [...actors],
      ...this.#leaves.totals,
      counted: this.#leaves.counted,
      ...this.#leaves.scrubs,
      suspectRows: this.#suspects.count,
      suspectPartitions: this.#suspects.partitions(this.#meta.partitions),
      recoveringPartitions,
      recoveryMark,
      ...this.#hints.counts,
      eras: this.#book.list,
      ...this.#sums,
      lastFault: this.#lastFault,
      storage: this.#store.stats?.(),
    };
  }

  /** Rolls back what is not committed, leaves to the next start what the rows add up to, and closes the store. */
  close(): void {
    this.#transaction?.rollback();
    this.#transaction = undefined;
    this.#settle(false);
    this.#flush((transaction) => this.#leaves.flush(transaction, Infinity, Infinity));
    this.#store.close();
  }

  /** A transaction of the engine's own. What fails now is tried again later. */
  #flush(stage: (transaction: OrderedTransaction) => void): void {
    try {
      this.#transaction = this.#store.begin();
      this.#writing = true;
      stage(this.#transaction);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#failure = error;
    }
    const failure = this.#endBatch();
    if (failure !== undefined) this.#lastFault = failure.message;
  }

  #endBatch(): StorageError | undefined {
    const failure = this.#failure ?? this.#commitIn(this.#transaction!);
    this.#settle(failure === undefined);
    this.#transaction = undefined;
    this.#writing = false;
    this.#failure = undefined;
    return failure;
  }

  #settle(committed: boolean): void {
    this.#writer.settle(committed);
    this.#meta.settle(committed);
    this.#book.settle(committed);
    this.#suspects.settle(committed);
    this.#hints.settle(committed);
    this.#leaves.settle(committed, this.#clock.nowMs());
    const { ring } = this.#meta;
    if (ring !== undefined) this.#leaves.lay(ring.view.record.partitions);
  }

  #commitIn(transaction: OrderedTransaction): StorageError | undefined {
    try {
      this.#writer.stageActor(transaction);
      transaction.commit();
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  /** Runs what only reads, ahead of the writes of the batch. */
  #look<T>(
    reading: (transaction: OrderedTransaction) => T | Refusal,
  ): Exclude<T, Refusal> | Refused {
    assert(!this.#writing, "a batch reads before it writes");
    try {
      this.#transaction ??= this.#store.begin();
      const result = reading(this.#transaction);
      return isRefusal(result) ? this.#refuse(result) : (result as Exclude<T, Refusal>);
    } catch (error) {
      if (error instanceof StorageError) this.#transaction = undefined;
      else if (!(error instanceof CodecError)) throw error;
      return this.#refuse(storageRefusal(error));
    }
  }

  #refuse({ reason, detail }: Refusal): Refused {
    this.#sums.refused++;
    if (reason === "storage") this.#lastFault = detail;
    return { type: "refused", reason, detail, epoch: this.epoch };
  }
}
