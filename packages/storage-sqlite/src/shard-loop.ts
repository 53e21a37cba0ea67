import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import {
  type CommitResult,
  type ShardEngine,
  StorageError,
  type WriteCommand,
} from "@coterie/shard-engine";
import { readCommand } from "./command-codec.ts";
import { FrameReader, FrameWriter } from "./frame.ts";
import { type Answer, COMMITTED, type Question, RESULTS, type ToThread } from "./protocol.ts";
import { writeCommitted, writeRead, writeScan, writeStaged } from "./result-codec.ts";
import type { SqliteStore } from "./sqlite-store.ts";

/** A batch takes no further frame after so many bytes, which bounds how long its first command waits. */
const BATCH_BYTES_MAX = 4 << 20;
const REPLY_BYTES = 16 << 10;
const COMMITTED_BYTES = 256;
const SPENT_MAX = 2;
/** So many batches before Node has its turn. (It hands on up to 1,000 messages, if so many wait, before timers have theirs.) */
const BATCHES_A_TURN = 16;
/** Who waits to be told of a commit does not wait for more than this to be staged: some milliseconds. */
const TOLD_TOGETHER_BYTES_MAX = 128 << 10;

/** Rows of one step of the background work: about a millisecond. */
const SCRUB_ROWS = 256;

/** Pages of one step of a backup: some milliseconds, between which batches run. */
const BACKUP_STEP_PAGES = 256;

/**
 * The thread of a shard. Group commit: whatever has arrived while a transaction waited for the disk is
 * the next one. Looks go first and see committed rows; what the writes came to is told before the commit,
 * so that the event loop can send it to the other replicas meanwhile. How the commit ended is told with the results of the next
 * batch, if that has come already, for each message wakes the event loop.
 */
export class ShardLoop {
  readonly #port: MessagePort;
  readonly #store: SqliteStore;
  readonly #engine: ShardEngine;
  /** Frames that were carried out: their memory is used for the next replies, which are about as large. */
  #spent: ArrayBuffer[] = [];
  /** How the last batch with writes ended, if nobody was told. */
  #untold: CommitResult | undefined;
  #closed = false;

  constructor(port: MessagePort, store: SqliteStore, engine: ShardEngine) {
    this.#port = port;
    this.#store = store;
    this.#engine = engine;
  }

  run(): void {
    this.#port.on("message", (message: ToThread) => this.#batches(message));
    this.#scrub();
  }

  #batches(first: ToThread): void {
    let message: ToThread | undefined = first;
    for (let batches = 1; message !== undefined; batches++) {
      this.#batch(message);
      message = batches < BATCHES_A_TURN ? this.#next() : undefined;
    }
    this.#tellCommitted();
  }

  #next(): ToThread | undefined {
    return receiveMessageOnPort(this.#port)?.message as ToThread | undefined;
  }

  #batch(first: ToThread): void {
    const frames: ArrayBuffer[] = [];
    const questions: Question[] = [];
    let bytes = 0;
    for (let message: ToThread | undefined = first; message !== undefined; ) {
      if (message instanceof ArrayBuffer) frames.push(message);
      else questions.push(message);
      bytes += message instanceof ArrayBuffer ? message.byteLength : 0;
      if (bytes > BATCH_BYTES_MAX) break;
      message = this.#next();
    }
    if (bytes > TOLD_TOGETHER_BYTES_MAX) this.#tellCommitted();
    if (frames.length > 0) this.#carryOut(frames);
    if (questions.length > 0) this.#tellCommitted();
    for (const question of questions) this.#answer(question);
  }

  #carryOut(frames: ArrayBuffer[]): void {
    const reply = new FrameWriter(this.#spent.pop() ?? new ArrayBuffer(REPLY_BYTES));
    if (this.#untold === undefined) reply.uint8(RESULTS);
    else this.#writeCommitted(reply, COMMITTED + RESULTS, this.#untold);
    reply.uint32(frames.length);
    const writes = this.#look(frames, reply);
    for (const command of writes) {
      const sent = command.type === "merge" ? command.versions : undefined;
      writeStaged(reply, this.#engine.stage(command), sent);
    }
    this.#post(reply);
    this.#spent = frames.slice(-SPENT_MAX);
    const result = this.#engine.commit();
    if (writes.length > 0) this.#untold = result;
  }

  #tellCommitted(): void {
    if (this.#untold === undefined) return;
    const frame = new FrameWriter(new ArrayBuffer(COMMITTED_BYTES));
    this.#writeCommitted(frame, COMMITTED, this.#untold);
    this.#post(frame);
  }

  #writeCommitted(frame: FrameWriter, told: number, result: CommitResult): void {
    frame.uint8(told);
    writeCommitted(frame, result);
    this.#untold = undefined;
  }

  /** Answers the looks as they are read, and gathers the writes. */
  #look(frames: readonly ArrayBuffer[], reply: FrameWriter): WriteCommand[] {
    const writes: WriteCommand[] = [];
    for (const frame of frames) {
      const reader = new FrameReader(frame);
      for (let left = reader.uint32(); left > 0; left--) {
        const command = readCommand(reader);
        if (command.type === "read") writeRead(reply, this.#engine.read(command.read));
        else if (command.type === "scan") writeScan(reply, this.#engine.scan(command.scan));
        else writes.push(command);
      }
    }
    return writes;
  }

  #answer({ id, ask }: Question): void {
    switch (ask.type) {
      case "meta":
        this.#tell(id, { type: "seen", answer: this.#engine.meta(ask.prefix) });
        this.#engine.commit();
        break;
      case "hints":
        this.#tell(id, { type: "seen", answer: this.#engine.hints(ask.scan) });
        this.#engine.commit();
        break;
      case "merkle":
        this.#tell(id, { type: "seen", answer: this.#engine.merkle(ask.question) });
        this.#engine.commit();
        break;
      case "collection":
        this.#tell(id, { type: "seen", answer: this.#engine.collection(ask.question) });
        this.#engine.commit();
        break;
      case "stats":
        this.#tell(id, { type: "stats", stats: this.#engine.stats() });
        break;
      case "backUp":
        void this.#backUp(id, ask.file);
        break;
      case "close":
        this.#closed = true;
        this.#tell(id, { type: "stats", stats: this.#engine.stats() });
        this.#engine.close();
        this.#port.close();
    }
  }

  async #backUp(id: number, file: string): Promise<void> {
    try {
      await this.#store.backUp(file, BACKUP_STEP_PAGES);
      this.#tell(id, { type: "done" });
    } catch (error) {
      // Whatever it is, it must not end the shard.
      const kind = error instanceof StorageError ? error.kind : "io";
      this.#tell(id, { type: "failed", kind, message: (error as Error).message });
    }
  }

  #scrub(): void {
    if (this.#closed) return;
    // It keeps no closed thread alive.
    setTimeout(() => this.#scrub(), this.#engine.scrub(SCRUB_ROWS)).unref();
  }

  #post(frame: FrameWriter): void {
    this.#port.postMessage(frame.buffer, [frame.buffer]);
  }

  #tell(id: number, result: Answer["result"]): void {
    this.#port.postMessage({ id, result } satisfies Answer);
  }
}
