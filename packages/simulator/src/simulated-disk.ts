import { fraction, type Random, toHex } from "@coterie/core";
import {
  type Entry,
  type MemorySnapshot,
  MemoryStore,
  markAllRecovering,
} from "@coterie/shard-engine";

const COMMIT_MS = 2;
const ROWS_MAX = 100_000;

/** A machine's disk: it outlives processes, may be slow, full or broken, and may be lost. */
export class SimulatedDisk {
  #store = new MemoryStore();
  /** Of one commit, milliseconds. */
  commitMs = COMMIT_MS;
  /** No commit succeeds. */
  isFull = false;
  #failsNext = false;
  /** Rows that rotted, by key, and what the rot has left of them. */
  readonly #rotten = new Map<string, string>();
  #everRotted = false;

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

  #rows(): readonly Entry[] {
    return this.#store.snapshot().spaces.rows.range(new Uint8Array(), undefined, ROWS_MAX);
  }

  #failIfDue(): void {
    if (this.isFull) this.#store.failNextCommit("full");
    else if (this.#failsNext) this.#store.failNextCommit("io");
    this.#failsNext = false;
  }

  /** Of every row that is durable, whoever it belongs to. */
  rowKeys(): Uint8Array[] {
    return this.#rows().map(({ key }) => key);
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

  /** One bit of each of these rows flips, counted round and round. Returns of how many. */
  rot(rows: readonly number[]): number {
    const entries = this.#rows();
    this.#everRotted ||= entries.length > 0;
    const picked = new Set(rows.map((row) => row % Math.max(1, entries.length)));
    for (const [at, { key }] of entries.entries()) {
      if (!picked.has(at)) continue;
      this.#store.flipBit("rows", key, 8 * at + 7);
      this.#rotten.set(toHex(key), toHex(this.#rows()[at]!.value));
    }
    return entries.length === 0 ? 0 : picked.size;
  }

  /** Whether rows of it ever rotted. */
  get everRotted(): boolean {
    return this.#everRotted;
  }

  /** Whether some row is as the rot has left it. */
  get isRotten(): boolean {
    for (const { key, value } of this.#rotten.size === 0 ? [] : this.#rows()) {
      if (this.#rotten.get(toHex(key)) === toHex(value)) return true;
    }
    this.#rotten.clear();
    return false;
  }

  /** An operator puts an older copy of the directory back, the documented way: all of it is recovering. */
  restore(copy: MemorySnapshot): void {
    this.#store = new MemoryStore();
    this.#store.restore(copy);
    markAllRecovering(this.#store.reopen());
  }
}
