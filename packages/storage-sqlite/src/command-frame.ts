import type {
  CommitResult,
  Refused,
  ShardWrite,
  Staged,
  WriteCommand,
} from "@coterie/shard-engine";
import { type FrameReader, FrameWriter } from "./frame.ts";

/** Somebody who waits for what a look saw. */
export interface PendingLook {
  readonly answer: (frame: FrameReader) => void;
  readonly refuse: (refused: Refused) => void;
}

/** Somebody who waits for what a write comes to. */
export interface PendingWrite {
  readonly staged: (staged: Staged) => void;
  readonly committed: (result: CommitResult) => void;
  /** The versions of a merge. */
  readonly sent: Uint8Array | undefined;
}

/** A write that is to be handed over: what its caller waits for, and how that is told. */
export function pendingWrite(command: WriteCommand): {
  readonly write: ShardWrite;
  readonly pending: PendingWrite;
} {
  let staged!: PendingWrite["staged"];
  let committed!: PendingWrite["committed"];
  const write: ShardWrite = {
    staged: new Promise<Staged>((resolve) => {
      staged = resolve;
    }),
    committed: new Promise<CommitResult>((resolve) => {
      committed = resolve;
    }),
  };
  const sent = command.type === "merge" ? command.versions : undefined;
  return { write, pending: { staged, committed, sent } };
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
