import { assert, CodecError } from "@coterie/core";
import { causalityOf } from "@coterie/versions";
import { admit, ringOfEpoch } from "./admission.ts";
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
  SetRecoveringCommand,
  ShardStats,
  Staged,
  WriteCommand,
} from "./commands.ts";
import { getRow } from "./held-row.ts";
import { HintBook } from "./hint-book.ts";
import { installRing } from "./install-ring.ts";
import { type OrderedStore, type OrderedTransaction, StorageError } from "./ordered-store.ts";
import { type Refusal, storageRefusal } from "./refusal.ts";
import { RowCensus } from "./row-census.ts";
import { RowWriter, type RowWriterOptions } from "./row-writer.ts";
import { scanRows } from "./scan-rows.ts";
import { ShardMeta } from "./shard-meta.ts";

export interface ShardEngineOptions extends RowWriterOptions {
  /** Which shard this is, 0 … `shards` - 1: it keeps the partitions p with p mod `shards` = `shard`. */
  readonly shard: number;
  /** Fixed for a store. */
  readonly shards: number;
  /** Bytes that hints for other nodes may take; 256 MiB by default. More bridges longer absences. */
  readonly hintBytesMax?: number;
}

const HINT_BYTES_MAX = 256 << 20;

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
  readonly #census = new RowCensus();
  readonly #sums = { minted: 0, merged: 0, read: 0, refused: 0, batches: 0, failedBatches: 0 };
  readonly #writer: RowWriter;
  readonly #hints: HintBook;
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
      const hints = new HintBook(transaction, meta, {
        clock: options.clock,
        hintBytesMax: options.hintBytesMax ?? HINT_BYTES_MAX,
      });
      const engine = new ShardEngine(store, meta, hints, options);
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
    hints: HintBook,
    options: ShardEngineOptions,
  ) {
    this.#store = store;
    this.#meta = meta;
    this.#hints = hints;
    this.#writer = new RowWriter(meta, this.#census, options);
  }

  /** Of the ring in force; 0: there is none. */
  get epoch(): number {
    return this.#meta.epoch;
  }

  /** Committed state, before the writes of the batch. */
  read(command: ReadCommand): ReadResult {
    return this.#look((transaction) => {
      this.#sums.read++;
      if (command.standIn === true) {
        const hint = this.#hints.read(transaction, command);
        return hint.type === "refusal" ? this.#refuse(hint) : hint;
      }
      const admitted = admit(this.#meta, command);
      if (admitted.type === "refusal") return this.#refuse(admitted);
      const held = getRow(transaction, command.row);
      if (held.state === "suspect") this.#census.suspect(command.row);
      const versions = held.stored?.versions;
      const causality = versions !== undefined && command.want === "causality";
      return {
        type: "row",
        versions: causality ? causalityOf(versions) : versions,
        recovering: held.state === "suspect" || this.#meta.isRecovering(admitted.partition),
        epoch: this.epoch,
      };
    });
  }

  /** A slice of the hints that this node keeps. */
  hints(scan: HintScan): HintScanResult {
    return this.#look((transaction) => ({
      type: "hints",
      ...this.#hints.scan(transaction, scan),
    }));
  }

  /** A slice of a partition's committed rows, owned or not: leftovers are scanned too. */
  scan(command: ScanCommand): ScanResult {
    return this.#look((transaction) => {
      const ring = ringOfEpoch(this.#meta, command.epoch);
      if ("reason" in ring) return this.#refuse(ring);
      const slice = scanRows(transaction, ring.view.record.partitions, command);
      for (const row of slice.suspects) this.#census.suspect(row);
      return {
        type: "rows",
        rows: slice.rows,
        suspects: slice.suspects.length,
        next: slice.next,
        recovering: slice.suspects.length > 0 || this.#meta.isRecovering(command.partition),
        epoch: this.epoch,
      };
    });
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
      const staged = this.#stageIn(this.#transaction, command);
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
   * Walks on through at most `rowsMax` rows: counts them the first time round, and looks for damage. To
   * be called between batches whenever there is time; `failed`: the store could not read them.
   */
  scrub(rowsMax: number): "counting" | "counted" | "failed" {
    const refused = this.#look((transaction) => {
      const entries = transaction.range("rows", this.#census.cursor, undefined, rowsMax);
      this.#census.walk(entries, entries.length < rowsMax);
      return undefined;
    });
    this.commit();
    if (refused !== undefined) return "failed";
    return this.#census.counted ? "counted" : "counting";
  }

  stats(): ShardStats {
    const { shard, shards, actors, epoch, recoveringPartitions } = this.#meta;
    const { rows, rowBytes, counted, suspectRows } = this.#census;
    return {
      shard,
      shards,
      epoch,
      actor: this.#writer.actor,
      actors: [...actors],
      rows,
      rowBytes,
      counted,
      suspectRows,
      recoveringPartitions,
      ...this.#hints.counts,
      ...this.#sums,
      lastFault: this.#lastFault,
      storage: this.#store.stats?.(),
    };
  }

  /** Rolls back what is not committed and closes the store. */
  close(): void {
    this.#store.close();
  }

  #endBatch(): StorageError | undefined {
    const failure = this.#failure ?? this.#commitIn(this.#transaction!);
    const committed = failure === undefined;
    this.#writer.settle(committed);
    this.#meta.settle(committed);
    this.#census.settle(committed);
    this.#hints.settle(committed);
    this.#transaction = undefined;
    this.#writing = false;
    this.#failure = undefined;
    return failure;
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
  #look<T>(reading: (transaction: OrderedTransaction) => T): T | Refused {
    assert(!this.#writing, "a batch reads before it writes");
    try {
      this.#transaction ??= this.#store.begin();
      return reading(this.#transaction);
    } catch (error) {
      if (error instanceof StorageError) this.#transaction = undefined;
      else if (!(error instanceof CodecError)) throw error;
      return this.#refuse(storageRefusal(error));
    }
  }

  #stageIn(transaction: OrderedTransaction, command: WriteCommand): Staged | Refusal {
    switch (command.type) {
      case "mint":
        this.#sums.minted++;
        return this.#writer.mint(transaction, command);
      case "merge":
        this.#sums.merged++;
        return this.#writer.merge(transaction, command);
      case "keepHint":
        return this.#hints.keep(transaction, command);
      case "dropHint":
        return this.#hints.drop(transaction, command);
      case "installRing":
        return installRing(this.#meta, transaction, command) ?? { type: "accepted" };
      case "putMeta":
        this.#meta.stageNode(transaction, command.key, command.value);
        return { type: "accepted" };
      case "setRecovering":
        return this.#setRecovering(transaction, command);
    }
  }

  #setRecovering(transaction: OrderedTransaction, command: SetRecoveringCommand): Staged {
    const { partition, recovering } = command;
    const { shard, shards } = this.#meta;
    assert(
      partition === "all" || partition % shards === shard,
      `partition ${partition} is not kept by shard ${shard} of ${shards}`,
    );
    this.#meta.stageRecovering(transaction, partition, recovering);
    return { type: "accepted" };
  }

  #refuse({ reason, detail }: Refusal): Refused {
    this.#sums.refused++;
    if (reason === "storage") this.#lastFault = detail;
    return { type: "refused", reason, detail, epoch: this.epoch };
  }
}
