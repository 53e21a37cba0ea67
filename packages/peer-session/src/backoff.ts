import { fraction, type Random } from "@coterie/core";

/** Delays between attempts to reconnect: doubling, capped, and spread so that peers of one dead node do not dial in step. */
export class Backoff {
  readonly #random: Random;
  readonly #baseMs: number;
  readonly #maxMs: number;
  #attempts = 0;

  constructor(random: Random, baseMs: number, maxMs: number) {
    this.#random = random;
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** The next delay: uniform over the upper half of `base * 2^attempts`. */
  nextMs(): number {
    const ceilingMs = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#attempts++, 30));
    return ceilingMs * (0.5 + fraction(this.#random) / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
