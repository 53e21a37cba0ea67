/**
 * How long a peer takes to answer, from its replies: a moving average for ranking and a moving p95 for
 * hedging, in constant memory. The quantile walks up on slow replies and down on fast ones in the ratio
 * 95 : 5, by steps in proportion to itself (stochastic approximation of a quantile).
 */
export class Latency {
  #averageMs: number;
  #p95Ms: number;

  /** `guessMs` stands until replies say otherwise. */
  constructor(guessMs: number) {
    this.#averageMs = guessMs;
    this.#p95Ms = 3 * guessMs;
  }

  get averageMs(): number {
    return this.#averageMs;
  }

  get p95Ms(): number {
    return this.#p95Ms;
  }

  replied(tookMs: number): void {
    this.#averageMs += (tookMs - this.#averageMs) / 16;
    // A tenth: a peer that turns slow is seen after some dozen replies, and the estimate wavers little.
    const step = Math.max(0.05, this.#p95Ms) / 10;
    this.#p95Ms += tookMs > this.#p95Ms ? 0.95 * step : -0.05 * step;
  }
}
