import type {
  CommitResult,
  Refused,
  ShardWrite,
  Staged,
  WriteCommand,
  WriteWatch,
} from "@coterie/shard-engine";
import { type FrameReader, FrameWriter } from "./frame.ts";
import { Outcome } from "./outcome.ts";

/** Somebody who waits for what a look saw. */
export interface PendingLook {
  readonly answer: (frame: FrameReader) => void;
  readonly refuse: (refused: Refused) => void;
}

/**
 * A write that is to be handed over, and all who wait for what it comes to. Most wait for one of the two results alone, so
 * there is a promise only for what was asked for.
 */
export class PendingWrite implements ShardWrite {
  readonly #command: WriteCommand;
  readonly #watch: WriteWatch | undefined;
  readonly #staged = new Outcome<Staged>();
  readonly #committed = new Outcome<CommitResult>();

  constructor(command: WriteCommand, watch: WriteWatch | undefined) {
    this.#command = command;
    this.#watch = watch;
  }

  get staged(): Promise<Staged> {
    return this.#staged.promise;
  }

  get committed(): Promise<CommitResult> {
    return this.#committed.promise;
  }

  /** The versions of a merge. */
  get sent(): Uint8Array | undefined {
    return this.#command.type === "merge" ? this.#command.versions : undefined;
  }

  stagedAs(result: Staged): void {
    this.#staged.settle(result);
  }

  /** After `stagedAs`. */
  committedAs(result: CommitResult): void {
    if (result.type === "committed") this.#watch?.(this.#command, this.#staged.result!);
    this.#committed.settle(result);
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
