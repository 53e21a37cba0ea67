import type { Worker } from "node:worker_threads";
import {
  type CollectionAnswer,
  type CollectionQuestion,
  type CommitResult,
  type HintScan,
  type HintScanResult,
  type MerkleAnswer,
  type MerkleQuestion,
  type MetaResult,
  type ReadCommand,
  type ReadResult,
  type RefusalReason,
  type Refused,
  type ScanCommand,
  type ScanResult,
  type ShardStats,
  type ShardWrite,
  StorageError,
  type WatchableMailbox,
  type WriteCommand,
  type WriteWatch,
} from "@coterie/shard-engine";
import { writeRead, writeScan, writeWrite } from "./command-codec.ts";
import { CommandFrame, PendingWrite } from "./command-frame.ts";
import { FrameReader, type FrameWriter } from "./frame.ts";
import type { MailboxLimits } from "./mailbox-limits.ts";
import {
  type Answer,
  COMMITTED,
  type FromThread,
  type Question,
  RESULTS,
  type ThreadData,
} from "./protocol.ts";
import { Questions } from "./questions.ts";
import { readCommitted, readRead, readScan, readStaged } from "./result-codec.ts";
import { startThread } from "./start-thread.ts";

/**
 * Frames that may be under way unanswered while the thread works. Two: one that it works on and one that waits for
 * it; what comes meanwhile gathers, so that frames grow with the load. While it waits for the disk every turn's frame
 * goes: all of them are its next batch. (Under the same bound then, what came in the third turn of an fsync waited for
 * the one after next. Measured in turns: 6 % more rows a commit with 64 writers, 19 % with 256.)
 */
const UNANSWERED_MAX = 2;
const FRAME_BYTES_MIN = 1024;

/** A shard in a thread of its own. The event loop never waits for its disk. */
export class WorkerMailbox implements WatchableMailbox {
  /** Resolves when the thread has ended, by `close` or by itself. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #commandsMax: number;
  readonly #bytesMax: number;
  readonly #onFailure: (error: Error) => void;
  /** What gathers for the next frame. */
  #frame: CommandFrame | undefined;
  #flushing = false;
  #frameBytes = FRAME_BYTES_MIN;
  /** Handed over, oldest first, and their bytes. */
  #unanswered: CommandFrame[] = [];
  /** Staged in the batch that waits for the disk. */
  #committing: PendingWrite[] = [];
  #commands = 0;
  #bytes = 0;
  readonly #questions: Questions;
  #stats!: ShardStats;
  #state: "open" | "closing" | "gone" = "open";
  #closed: Promise<void> | undefined;

  /**
   * Starts the thread. Throws `StorageError` when it cannot open its file. `onFailure` is told when the
   * thread ends by itself, which is a bug: the shard then refuses everything as `closed`.
   */
  static async open(
    data: ThreadData,
    limits: MailboxLimits,
    onFailure: (error: Error) => void,
  ): Promise<WorkerMailbox> {
    const worker = await startThread(data);
    const mailbox = new WorkerMailbox(worker, limits, onFailure);
    await mailbox.stats();
    return mailbox;
  }

  private constructor(
    worker: Worker,
    { commandsMax = 16_384, bytesMax = 64 << 20 }: MailboxLimits,
    onFailure: (error: Error) => void,
  ) {
    this.#worker = worker;
    this.#commandsMax = commandsMax;
    this.#bytesMax = bytesMax;
    this.#onFailure = onFailure;
    this.#questions = new Questions((question) => worker.postMessage(question));
    worker.on("message", (message: FromThread) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error));
    this.ended = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#fail(new Error(GONE));
        resolve();
      });
    });
  }

  read(command: ReadCommand): Promise<ReadResult> {
    return this.#look(readRead, (frame) => writeRead(frame, command));
  }

  scan(command: ScanCommand): Promise<ScanResult> {
    return this.#look(readScan, (frame) => writeScan(frame, command));
  }

  write(command: WriteCommand): ShardWrite {
    return this.writeWatched(command);
  }

  writeWatched(command: WriteCommand, watch?: WriteWatch): ShardWrite {
    const refused = this.#unavailable();
    if (refused !== undefined) {
      const { detail } = refused;
      return {
        staged: Promise.resolve(refused),
        committed: Promise.resolve({ type: "failed", kind: "refused", detail }),
      };
    }
    const write = new PendingWrite(command, watch);
    writeWrite(this.#gather().write(write), command);
    return write;
  }

  hints(scan: HintScan): Promise<HintScanResult> {
    return this.#answer({ type: "hints", scan });
  }

  merkle(question: MerkleQuestion): Promise<MerkleAnswer> {
    return this.#answer({ type: "merkle", question });
  }

  collection(question: CollectionQuestion): Promise<CollectionAnswer> {
    return this.#answer({ type: "collection", question });
  }

  meta(prefix: string): Promise<MetaResult> {
    return this.#answer({ type: "meta", prefix });
  }

  /** Of a shard that is closed the last that were asked for. */
  async stats(): Promise<ShardStats> {
    if (this.#state === "open") {
      const result = await this.#ask({ type: "stats" });
      if (result?.type === "stats") this.#stats = result.stats;
    }
    return this.#stats;
  }

  /** Copies the shard's file as of the end of the copying, while it is used. Throws `StorageError`. */
  async backUp(file: string): Promise<void> {
    const result = this.#state === "open" ? await this.#ask({ type: "backUp", file }) : undefined;
    if (result === undefined) throw new StorageError("io", GONE);
    if (result.type === "failed") throw new StorageError(result.kind, result.message);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#state === "gone") return;
    this.#state = "closing";
    const last = await this.#ask({ type: "close" });
    if (last?.type === "stats") this.#stats = last.stats;
    await this.ended;
  }

  #look<T>(
    decode: (frame: FrameReader) => T,
    encode: (frame: FrameWriter) => void,
  ): Promise<T | Refused> {
    const refused = this.#unavailable();
    if (refused !== undefined) return Promise.resolve(refused);
    return new Promise((resolve) => {
      encode(this.#gather().look({ answer: (frame) => resolve(decode(frame)), refuse: resolve }));
    });
  }

  /** The frame that the next command goes into, to be sent at the end of this turn. */
  #gather(): CommandFrame {
    this.#commands++;
    this.#frame ??= new CommandFrame(this.#frameBytes);
    if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        const waitsForDisk = this.#committing.length > 0;
        if (waitsForDisk || this.#unanswered.length < UNANSWERED_MAX) this.#flush();
      });
    }
    return this.#frame;
  }

  #flush(): void {
    const frame = this.#frame;
    if (frame === undefined || this.#state === "gone") return;
    this.#frame = undefined;
    this.#frameBytes = Math.max(FRAME_BYTES_MIN, frame.bytes);
    this.#bytes += frame.bytes;
    this.#unanswered.push(frame);
    const bytes = frame.finish();
    this.#worker.postMessage(bytes, [bytes]);
  }

  /** The answer to a look that is too rare for a codec. */
  async #answer<T>(ask: Question["ask"]): Promise<T | Refused> {
    const refused = this.#unavailable();
    if (refused !== undefined) return refused;
    const result = await this.#ask(ask);
    return result?.type === "seen" ? (result.answer as T) : this.#refusal("closed", GONE);
  }

  /** After all that was handed over before. */
  #ask(ask: Question["ask"]): Promise<Answer["result"] | undefined> {
    this.#flush();
    return this.#questions.ask(ask);
  }

  #receive(message: FromThread): void {
    if (!(message instanceof ArrayBuffer)) {
      this.#questions.answer(message);
      return;
    }
    const frame = new FrameReader(message);
    const told = frame.uint8();
    if ((told & COMMITTED) !== 0) this.#receiveCommitted(readCommitted(frame));
    if ((told & RESULTS) !== 0) this.#receiveResults(frame);
  }

  #receiveResults(reader: FrameReader): void {
    const answered = this.#unanswered.splice(0, reader.uint32());
    for (const frame of answered) {
      for (const look of frame.looks) look.answer(reader);
      this.#commands -= frame.looks.length;
      this.#bytes -= frame.bytes;
    }
    for (const frame of answered) {
      for (const write of frame.writes) {
        const staged = readStaged(reader, write.sent);
        write.stagedAs(staged);
        if (staged.type !== "refused") this.#committing.push(write);
        else {
          this.#commands--;
          write.committedAs({ type: "failed", kind: "refused", detail: staged.detail });
        }
      }
    }
    this.#flush();
  }

  #receiveCommitted(result: CommitResult): void {
    this.#commands -= this.#committing.length;
    for (const write of this.#committing) write.committedAs(result);
    this.#committing = [];
  }

  #unavailable(): Refused | undefined {
    if (this.#state === "closing") return this.#refusal("closed", "the shard is closing");
    if (this.#state === "gone") return this.#refusal("closed", GONE);
    const bytes = this.#bytes + (this.#frame?.bytes ?? 0);
    if (this.#commands < this.#commandsMax && bytes < this.#bytesMax) return undefined;
    const waiting = `${this.#commands} commands of ${bytes} bytes wait for the shard already`;
    return this.#refusal("overloaded", waiting);
  }

  #refusal(reason: RefusalReason, detail: string): Refused {
    return { type: "refused", reason, detail, epoch: this.#stats.epoch };
  }

  /** The thread has ended: what it was doing may have become durable, and nobody will ever say. */
  #fail(error: Error): void {
    if (this.#state === "gone") return;
    const expected = this.#state === "closing";
    this.#state = "gone";
    const refused = this.#refusal("closed", GONE);
    const unknown: CommitResult = { type: "failed", kind: "closed", detail: GONE };
    const frames = this.#unanswered.concat(this.#frame ?? []);
    for (const look of frames.flatMap(({ looks }) => looks)) look.refuse(refused);
    for (const write of frames.flatMap(({ writes }) => writes)) {
      write.stagedAs(refused);
      write.committedAs(unknown);
    }
    for (const write of this.#committing) write.committedAs(unknown);
    this.#questions.abandon();
    if (!expected) this.#onFailure(error);
  }
}

const GONE = "the shard's thread has ended";
