import { Worker } from "node:worker_threads";
import { ByteWriter } from "@coterie/core";
import type { FromThread, ToThread } from "./write-thread.ts";

/** As in the engine's mailbox: one frame is worked on, one waits, the rest gathers. */
const UNANSWERED_MAX = 2;

/** The skeleton's storage: a thread with group commit, and every committed row in memory. */
export class BareShard {
  readonly #worker: Worker;
  readonly #rows = new Map<string, Uint8Array>();
  #gathered = new ByteWriter(1 << 14);
  #committed: (() => void)[] = [];
  readonly #unanswered: (() => void)[][] = [];
  readonly #reads = new Map<number, (value: Uint8Array | undefined) => void>();
  #nextRead = 0;
  #flushing = false;

  constructor(file: string) {
    this.#worker = new Worker(new URL("./write-thread.js", import.meta.url), { workerData: file });
    this.#worker.on("message", (message: FromThread) => this.#receive(message));
    this.#worker.on("error", (error) => {
      throw error;
    });
  }

  /** Resolves when the row is durable. */
  write(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#gathered.block(key).block(value);
    // Copied: what came from the wire is a piece of a whole frame.
    const [name, kept] = [nameOf(key), value.slice()];
    return new Promise((resolve) => {
      this.#committed.push(() => {
        this.#rows.set(name, kept);
        resolve();
      });
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        this.#flush();
      });
    });
  }

  read(key: Uint8Array): Promise<Uint8Array | undefined> {
    const row = this.#rows.get(nameOf(key));
    if (row !== undefined) return Promise.resolve(row);
    return new Promise((resolve) => {
      const id = this.#nextRead++;
      this.#reads.set(id, resolve);
      this.#worker.postMessage({ type: "read", id, key: key.slice() } satisfies ToThread);
    });
  }

  #flush(): void {
    if (this.#committed.length === 0 || this.#unanswered.length >= UNANSWERED_MAX) return;
    const rows = this.#gathered.finish();
    this.#unanswered.push(this.#committed);
    this.#worker.postMessage({ type: "write", rows } satisfies ToThread);
    this.#committed = [];
    this.#gathered = new ByteWriter(1 << 14);
  }

  #receive(message: FromThread): void {
    if (message.type === "row") {
      this.#reads.get(message.id)!(message.value);
      this.#reads.delete(message.id);
      return;
    }
    for (let frame = 0; frame < message.frames; frame++) {
      for (const resolve of this.#unanswered.shift()!) resolve();
    }
    this.#flush();
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
