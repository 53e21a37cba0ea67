import type { Clock, Timer, Timers } from "@coterie/core";
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

/** A read that waits for answers. */
export interface Impatient {
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  /** `Patience`'s own: when the read is to be looked at next, whether a hedge is due then, its place among those that wait. */
  dueMs: number;
  mayHedge: boolean;
  place: number;
  /** How long to wait before the next hedge, in milliseconds. */
  hedgeDelayMs(): number;
  /** Sends a hedge. False: none could be sent, so none will be. */
  hedge(): boolean;
  expire(): void;
}

/**
 * Times all reads of a coordinator with one timer: each first for its hedges, then for its deadline. The timer stands
 * for the earliest and is left standing when that one ends, which nearly all do before they are due.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** In no order, so that one is taken out by putting the last into its place. */
  readonly #waiting: Impatient[] = [];
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor({ clock, timers }: Pick<Ports, "clock" | "timers">) {
    this.#clock = clock;
    this.#timers = timers;
  }

  begin(read: Impatient, nowMs: number): void {
    read.place = this.#waiting.push(read) - 1;
    this.#await(read, true, nowMs);
  }

  /** Of one that has not begun, too. */
  end(read: Impatient): void {
    if (!this.#isWaiting(read)) return;
    const last = this.#waiting.pop()!;
    if (last !== read) {
      this.#waiting[read.place] = last;
      last.place = read.place;
    }
    if (this.#waiting.length > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  #isWaiting(read: Impatient): boolean {
    return this.#waiting[read.place] === read;
  }

  #await(read: Impatient, mayHedge: boolean, nowMs: number): void {
    const hedgeMs = mayHedge
      ? nowMs + Math.max(HEDGE_DELAY_MS_MIN, read.hedgeDelayMs())
      : Number.POSITIVE_INFINITY;
    read.mayHedge = hedgeMs < read.deadlineMs;
    read.dueMs = Math.min(hedgeMs, read.deadlineMs);
    this.#by(read.dueMs, nowMs);
  }

  #by(atMs: number, nowMs: number): void {
    if (atMs >= this.#timerMs) return;
    this.#timer?.cancel();
    this.#timerMs = atMs;
    this.#timer = this.#timers.after(Math.max(0, atMs - nowMs), this.#ring);
  }

  readonly #ring = (): void => {
    // It may come a fraction of a millisecond early, as in the alarms of sessions.
    const nowMs = Math.max(this.#clock.monotonicMs(), this.#timerMs);
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
    let nextMs = Number.POSITIVE_INFINITY;
    // From the last: whoever ends meanwhile leaves its place to one that was looked at.
    for (let place = this.#waiting.length - 1; place >= 0; place--) {
      const read = this.#waiting[place];
      if (read === undefined) continue;
      if (read.dueMs <= nowMs) this.#look(read, nowMs);
      if (this.#isWaiting(read)) nextMs = Math.min(nextMs, read.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#by(nextMs, nowMs);
  };

  #look(read: Impatient, nowMs: number): void {
    if (!read.mayHedge) {
      read.expire();
      return;
    }
    const mayHedge = read.hedge();
    if (this.#isWaiting(read)) this.#await(read, mayHedge, nowMs);
  }
}
