/**
 * Partitions that are known and have no entry in the store, oldest first. Whether one waits is asked at every
 * write, so a byte each says that: a map of a thousand is in no processor's cache, and looking into it was a tenth
 * of what a write's leaves take.
 */
export class FlushQueue {
  readonly #sinceMs = new Map<number, number>();
  #waits = new Uint8Array(0);

  /** To be told once, before anything waits. */
  lay(partitions: number): void {
    this.#waits = new Uint8Array(partitions);
  }

  /** Keeps its place if it waits already. */
  add(partition: number, nowMs: number): void {
    if (this.#waits[partition] === 1) return;
    this.#waits[partition] = 1;
    this.#sinceMs.set(partition, nowMs);
  }

  delete(partition: number): void {
    this.#waits[partition] = 0;
    this.#sinceMs.delete(partition);
  }

  /** Since when the oldest waits; undefined: none does. */
  get oldestMs(): number | undefined {
    return this.#sinceMs.values().next().value;
  }

  /** Those that have waited since `sinceMs` or longer, `limit` at most. */
  *due(sinceMs: number, limit: number): Generator<number> {
    let count = 0;
    for (const [partition, waitsMs] of this.#sinceMs) {
      if (waitsMs > sinceMs || ++count > limit) return;
      yield partition;
    }
  }
}
