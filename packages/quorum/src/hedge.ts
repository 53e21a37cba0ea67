import type { Timer } from "@coterie/core";
import type { Ports } from "./ports.ts";

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

/** A hedge earlier than this would race the event loop, not a slow replica. */
const HEDGE_DELAY_MS_MIN = 1;

/** What a waiting read does when its patience ends. */
export interface Impatience {
  /** How long to wait before the next hedge, in milliseconds; undefined: there is nobody to ask. */
  hedgeDelayMs(): number | undefined;
  /** Sends a hedge. False: none could be sent, so none will be. */
  hedge(): boolean;
  expire(): void;
}

/** Times one read with one timer: first for its hedges, then for its deadline. */
export class Patience {
  readonly #ports: Ports;
  readonly #deadlineMs: number;
  readonly #impatience: Impatience;
  #timer: Timer | undefined;
  #ended = false;

  constructor(ports: Ports, deadlineMs: number, impatience: Impatience) {
    this.#ports = ports;
    this.#deadlineMs = deadlineMs;
    this.#impatience = impatience;
  }

  begin(): void {
    this.#wait(true);
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  #wait(mayHedge: boolean): void {
    if (this.#ended) return;
    const { clock, timers } = this.#ports;
    const leftMs = Math.max(0, this.#deadlineMs - clock.monotonicMs());
    const delayMs = mayHedge ? this.#impatience.hedgeDelayMs() : undefined;
    if (delayMs === undefined || delayMs >= leftMs) {
      this.#timer = timers.after(leftMs, () => this.#impatience.expire());
    } else {
      const waitMs = Math.max(HEDGE_DELAY_MS_MIN, delayMs);
      this.#timer = timers.after(waitMs, () => this.#wait(this.#impatience.hedge()));
    }
  }
}
