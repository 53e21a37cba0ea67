import { fraction, type Random } from "@coterie/core";
import { type MemorySnapshot, MemoryStore, markAllRecovering } from "@coterie/shard-engine";

const COMMIT_MS = 2;

/** A machine's disk: it outlives processes, may be slow, full or broken, and may be lost. */
export class SimulatedDisk {
  #store = new MemoryStore();
  /** Of one commit, milliseconds. */
  commitMs = COMMIT_MS;
  /** No commit succeeds. */
  isFull = false;
  #failsNext = false;

  /** What a process that starts now finds. */
  open(): MemoryStore {
    const store = this.#store.reopen();
    this.#failIfDue();
    return store;
  }

  /** A commit begins: how long it will take. */
  begin(random: Random): number {
    this.#failIfDue();
    return this.commitMs * (0.5 + fraction(random));
  }

  failNextCommit(): void {
    this.#failsNext = true;
  }

  /** It is quick and has room again. */
  heal(): void {
    this.commitMs = COMMIT_MS;
    this.isFull = false;
    this.#failsNext = false;
  }

  #failIfDue(): void {
    if (this.isFull) this.#store.failNextCommit("full");
    else if (this.#failsNext) this.#store.failNextCommit("io");
    this.#failsNext = false;
  }

  /** The process died: what was not committed is gone. */
  crash(): void {
    this.#store.crash();
  }

  copy(): MemorySnapshot {
    return this.#store.snapshot();
  }

  /** The data directory is gone; the next start finds an empty one. */
  wipe(): void {
    this.#store = new MemoryStore();
  }

  /** An operator puts an older copy of the directory back, the documented way: all of it is recovering. */
  restore(copy: MemorySnapshot): void {
    this.#store = new MemoryStore();
    this.#store.restore(copy);
    markAllRecovering(this.#store.reopen());
  }
}
