const STEP_MS = 20;

/** How long this process itself stood still: not the cluster's fault. */
export class LagWatch {
  readonly #timer: NodeJS.Timeout;
  #dueMs = performance.now() + STEP_MS;
  #totalMs = 0;

  constructor() {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.#totalMs += Math.max(0, nowMs - this.#dueMs);
      this.#dueMs = nowMs + STEP_MS;
    }, STEP_MS);
  }

  /** Of all delays so far, milliseconds. */
  get totalMs(): number {
    return this.#totalMs + Math.max(0, performance.now() - this.#dueMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
