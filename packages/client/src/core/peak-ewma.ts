/** How fast an old peak fades: by half in this time, milliseconds. Longer stays away from a node that recovered. */
const HALF_LIFE_MS = 2_000;

/** A call that waits for its answer. */
export interface Waiting {
  readonly startMs: number;
  ended: boolean;
}

/**
 * What a call to a node is expected to cost, milliseconds: a moving average of its latencies that follows
 * a rise at once and a fall slowly (the "peak EWMA" of Finagle). The oldest call that waits for an answer
 * counts as a latency, so that a node that hangs is left before any call to it has ended.
 */
export class PeakEwma {
  #costMs = 0;
  #updatedMs = 0;
  /** Calls in the order of their starts; those before `#oldest` have ended, and some after it. */
  #calls: Waiting[] = [];
  #oldest = 0;
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** A call begins; `end` takes what this returns. */
  begin(startMs: number): Waiting {
    const call = { startMs, ended: false };
    this.#calls.push(call);
    this.#waiting++;
    return call;
  }

  /**
   * Its answer is here, or is given up. A refusal says nothing of how long the work takes and is not counted: a node that
   * refuses at once would pass for the quickest of all.
   */
  end(call: Waiting, endMs: number, isRefusal = false): void {
    if (call.ended) return;
    call.ended = true;
    this.#waiting--;
    this.#passEnded();
    if (!isRefusal) this.#observe(endMs - call.startMs, endMs);
  }

  costMs(nowMs: number): number {
    const oldest = this.#calls[this.#oldest];
    const waitedMs = oldest === undefined ? 0 : nowMs - oldest.startMs;
    return Math.max(this.#faded(nowMs), waitedMs);
  }

  #passEnded(): void {
    while (this.#calls[this.#oldest]?.ended) this.#oldest++;
    if (this.#oldest < this.#calls.length / 2 || this.#oldest < 64) return;
    this.#calls = this.#calls.slice(this.#oldest);
    this.#oldest = 0;
  }

  #observe(latencyMs: number, nowMs: number): void {
    const fadedMs = this.#faded(nowMs);
    this.#costMs = latencyMs > fadedMs ? latencyMs : fadedMs + (latencyMs - fadedMs) / 16;
    this.#updatedMs = nowMs;
  }

  #faded(nowMs: number): number {
    return this.#costMs * 2 ** ((this.#updatedMs - nowMs) / HALF_LIFE_MS);
  }
}
