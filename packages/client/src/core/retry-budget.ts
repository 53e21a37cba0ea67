/**
 * How much extra work failures may cause: each call earns a part of a token, each retry or hedge spends one.
 * When everything fails, what is sent stays at a small multiple of what was asked, and no storm feeds
 * on itself (trap 31).
 */
export class RetryBudget {
  readonly #earned: number;
  readonly #max: number;
  #tokens: number;

  /** `earned` tokens a call, at most `max`, of which there are as many at the start. */
  constructor(earned: number, max: number) {
    this.#earned = earned;
    this.#max = max;
    this.#tokens = max;
  }

  earn(): void {
    this.#tokens = Math.min(this.#max, this.#tokens + this.#earned);
  }

  /** False: there is nothing left to spend. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
