import type {
  CommitResult,
  Refused,
  ShardWrite,
  Staged,
  WriteCommand,
  WriteWatch,
} from "@coterie/shard-engine";
import { type FrameReader, FrameWriter } from "./frame.ts";

/** Somebody who waits for what a look saw. */
export interface PendingLook {
  readonly answer: (frame: FrameReader) => void;
  readonly refuse: (refused: Refused) => void;
}

// One executor for all promises: no closure for each.
let settle!: (value: never) => void;
const executor = (resolve: (value: never) => void): void => {
  settle = resolve;
};

/** A write that is to be handed over, and all who wait for what it comes to. */
export class PendingWrite implements ShardWrite {
  readonly staged: Promise<Staged>;
  readonly committed: Promise<CommitResult>;
  readonly #command: WriteCommand;
  readonly #watch: WriteWatch | undefined;
  readonly #settleStaged: (staged: Staged) => void;
  readonly #settleCommitted: (result: CommitResult) => void;
  #result: Staged | undefined;

  constructor(command: WriteCommand, watch: WriteWatch | undefined) {
    this.#command = command;
    this.#watch = watch;
    this.staged = new Promise(executor);
    this.#settleStaged = settle as PendingWrite["stagedAs"];
    this.committed = new Promise(executor);
    this.#settleCommitted = settle as PendingWrite["committedAs"];
  }

  /** The versions of a merge. */
  get sent(): Uint8Array | undefined {
    return this.#command.type === "merge" ? this.#command.versions : undefined;
  }

  stagedAs(result: Staged): void {
    this.#result = result;
    this.#settleStaged(result);
  }

  /** After `stagedAs`. */
  committedAs(result: CommitResult): void {
    if (result.type === "committed") this.#watch?.(this.#command, this.#result!);
    this.#settleCommitted(result);
  }
}

/** Commands that go to the shard's thread together, and who waits for them. */
export class CommandFrame {
  readonly looks: PendingLook[] = [];
  readonly writes: PendingWrite[] = [];
  readonly #writer: FrameWriter;

  constructor(capacityBytes: number) {
    this.#writer = new FrameWriter(new ArrayBuffer(capacityBytes));
    this.#writer.uint32(0);
  }

  get commands(): number {
    return this.looks.length + this.writes.length;
  }

  get bytes(): number {
    return this.#writer.length;
  }

  look(pending: PendingLook): FrameWriter {
    this.looks.push(pending);
    return this.#writer;
  }

  write(pending: PendingWrite): FrameWriter {
    this.writes.push(pending);
    return this.#writer;
  }

  /** The bytes, to be transferred. */
  finish(): ArrayBuffer {
    this.#writer.patchUint32(0, this.commands);
    return this.#writer.buffer;
  }
}
