import type { Timers } from "@coterie/core";
import type { CollectionAnswer, CollectionQuestion } from "../collection/questions.ts";
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
} from "../commands.ts";
import type { MerkleAnswer, MerkleQuestion } from "../leaves/merkle-question.ts";
import type { ShardWrite, WatchableMailbox, WriteWatch } from "../mailbox.ts";
import type { ShardEngine } from "../shard-engine.ts";

export interface LocalMailboxOptions {
  readonly timers: Timers;
  /** Milliseconds from the staging of a batch to its commit, asked for each. Default 0. */
  readonly commitMs?: () => number;
  /** Milliseconds from the commit to the answer: a crash between leaves it durable, unacknowledged. Default 0. */
  readonly answerMs?: () => number;
  /** Rows of a step of the engine's background work, which is then done from now on. Default: none is done. */
  readonly scrubRows?: number;
}

interface QueuedWrite {
  readonly command: WriteCommand;
  readonly watch: WriteWatch;
  readonly staged: (staged: Staged) => void;
  readonly committed: (result: CommitResult) => void;
}

/**
 * A shard in this very process, with the batches, the order and the delays of one in a worker: for tests
 * and the simulator. Looking waits while a batch commits, as it would for a busy worker.
 */
export class LocalMailbox implements WatchableMailbox {
  readonly #engine: ShardEngine;
  readonly #timers: Timers;
  readonly #commitMs: () => number;
  readonly #answerMs: () => number;
  #looks: (() => void)[] = [];
  #writes: QueuedWrite[] = [];
  #state: "idle" | "busy" | "crashed" = "idle";
  #closing: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(engine: ShardEngine, options: LocalMailboxOptions) {
    this.#engine = engine;
    this.#timers = options.timers;
    this.#commitMs = options.commitMs ?? (() => 0);
    this.#answerMs = options.answerMs ?? (() => 0);
    if (options.scrubRows !== undefined) this.#scrub(options.scrubRows);
  }

  read(command: ReadCommand): Promise<ReadResult> {
    return this.#look(() => this.#engine.read(command));
  }

  scan(command: ScanCommand): Promise<ScanResult> {
    return this.#look(() => this.#engine.scan(command));
  }

  hints(scan: HintScan): Promise<HintScanResult> {
    return this.#look(() => this.#engine.hints(scan));
  }

  merkle(question: MerkleQuestion): Promise<MerkleAnswer> {
    return this.#look(() => this.#engine.merkle(question));
  }

  collection(question: CollectionQuestion): Promise<CollectionAnswer> {
    return this.#look(() => this.#engine.collection(question));
  }

  meta(prefix: string): Promise<MetaResult> {
    return this.#look(() => this.#engine.meta(prefix));
  }

  /** Of an engine that is closed too: its sums do not need the store. */
  stats(): Promise<ShardStats> {
    if (this.#state === "crashed") return new Promise(() => {});
    return Promise.resolve(this.#engine.stats());
  }

  write(command: WriteCommand): ShardWrite {
    return this.writeWatched(command, unwatched);
  }

  writeWatched(command: WriteCommand, watch: WriteWatch): ShardWrite {
    if (this.#closed !== undefined) {
      const detail = "the shard is closing";
      return {
        staged: Promise.resolve(this.#refusal()),
        committed: Promise.resolve({ type: "failed", kind: "refused", detail }),
      };
    }
    let staged!: QueuedWrite["staged"];
    let committed!: QueuedWrite["committed"];
    const write: ShardWrite = {
      staged: new Promise((resolve) => {
        staged = resolve;
      }),
      committed: new Promise((resolve) => {
        committed = resolve;
      }),
    };
    this.#writes.push({ command, watch, staged, committed });
    this.#wake();
    return write;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#closing = resolve;
      if (this.#state === "idle") this.#rest();
    });
    return this.#closed;
  }

  /** The process dies: nothing is answered any more, and nothing more is committed. */
  crash(): void {
    this.#state = "crashed";
  }

  #scrub(rows: number): void {
    if (this.#state === "crashed" || this.#closed !== undefined) return;
    this.#timers.after(this.#engine.scrub(rows), () => this.#scrub(rows));
  }

  #look<T>(look: () => T): Promise<T | Refused> {
    if (this.#closed !== undefined) return Promise.resolve(this.#refusal());
    return new Promise((resolve) => {
      this.#looks.push(() => resolve(look()));
      this.#wake();
    });
  }

  #refusal(): Refused {
    return {
      type: "refused",
      reason: "closed",
      detail: "the shard is closing",
      epoch: this.#engine.epoch,
    };
  }

  #wake(): void {
    if (this.#state !== "idle") return;
    this.#state = "busy";
    this.#timers.endOfTurn(() => this.#run());
  }

  /** One batch: looks first, then writes; whatever arrives in the meantime is the next. */
  #run(): void {
    if (this.#state === "crashed") return;
    const looks = this.#looks.splice(0);
    const writes = this.#writes.splice(0);
    for (const look of looks) look();
    if (writes.length === 0) {
      this.#engine.commit();
      this.#rest();
      return;
    }
    const committing: QueuedWrite["committed"][] = [];
    for (const { command, watch, staged, committed } of writes) {
      const result = this.#engine.stage(command);
      staged(result);
      if (result.type !== "refused") {
        committing.push((ended) => {
          if (ended.type === "committed") watch(command, result);
          committed(ended);
        });
      } else committed({ type: "failed", kind: "refused", detail: result.detail });
    }
    this.#timers.after(this.#commitMs(), () => this.#commit(committing));
  }

  #commit(committing: QueuedWrite["committed"][]): void {
    if (this.#state === "crashed") return;
    const result = this.#engine.commit();
    this.#timers.after(this.#answerMs(), () => {
      if (this.#state === "crashed") return;
      for (const committed of committing) committed(result);
      this.#state = "idle";
      if (this.#looks.length + this.#writes.length > 0) this.#wake();
      else this.#rest();
    });
  }

  #rest(): void {
    this.#state = "idle";
    if (this.#closing === undefined) return;
    this.#engine.close();
    this.#closing();
    this.#closing = undefined;
  }
}

function unwatched(): void {}
