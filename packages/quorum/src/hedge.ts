/** How many hedged reads a coordinator may send. */
export interface HedgeOptions {
  /** Hedges for each read in the long run. More cuts the tail further and costs the replicas as much again. */
  readonly ratio: number;
  /** Hedges that may be sent at once after a quiet time. */
  readonly burst: number;
}

/**
 * A token bucket that only reads fill and every hedge drains (Dean and Barroso, "The Tail at Scale"): when
 * everything turns slow, hedges stay at `ratio` of the reads instead of doubling the load that made
 * it slow. A hedge puts nothing in, so hedges never feed on themselves (trap 15).
 */
export class HedgeBudget {
  readonly #ratio: number;
  readonly #burst: number;
  #tokens: number;
  #sent = 0;
  #withheld = 0;

  constructor({ ratio, burst }: HedgeOptions) {
    this.#ratio = ratio;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Hedges that were allowed, since the start. */
  get sent(): number {
    return this.#sent;
  }

  /** Hedges that were not. */
  get withheld(): number {
    return this.#withheld;
  }

  /** One read was begun. */
  deposit(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + this.#ratio);
  }

  /** Whether a hedge may be sent now; if so, it is paid for. */
  withdraw(): boolean {
    if (this.#tokens < 1) {
      this.#withheld++;
      return false;
    }
    this.#tokens--;
    this.#sent++;
    return true;
  }
}
