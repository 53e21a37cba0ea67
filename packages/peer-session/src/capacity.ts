import { type Clock, RecentPeak } from "@coterie/core";

/** So many under way are enough to do, and so many that were served make a rate. Fewer are never too many. */
const BUSY_FROM = 64;
/** Shorter windows see a group commit as a rush; longer ones learn late of a change. */
const WINDOW_MS = 250;
/** A rate stands for this long, to twice as long: it outlives a stall, and not a machine that became busier. */
const PEAK_MS = 1_000;
/** Of the latest time, in the average of times. */
const NEWEST = 1 / 16;
/** What is foretold stays below so many times what was seen: a slow start is no overload, though its rate is low. */
const FORESIGHT = 3;

/**
 * How long a number of requests takes, told by the rate at which they are served (Little's law). A rate counts only
 * while 64 are under way: else it is the clients' own, and the first burst after a quiet hour would be taken for an
 * overload. The best of the recent windows counts (as BBR's bandwidth does), or a stall would pass for what can be done.
 */
export class Capacity {
  readonly #clock: Clock;
  readonly #peak = new RecentPeak(PEAK_MS);
  /** Of the window; undefined: there is not enough to do. */
  #sinceMs: number | undefined;
  #served = 0;
  #tookMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So many are under way, one having begun. */
  began(underWay: number): void {
    if (this.#sinceMs !== undefined || underWay < BUSY_FROM) return;
    this.#sinceMs = this.#clock.monotonicMs();
    this.#served = 0;
  }

  /** So many are under way, one having ended that took so long. `tookMs` undefined: it failed, and tells nothing. */
  ended(underWay: number, tookMs: number | undefined): void {
    if (tookMs !== undefined) {
      this.#served++;
      this.#tookMs += NEWEST * (tookMs - this.#tookMs);
    }
    if (this.#sinceMs === undefined) return;
    if (underWay < BUSY_FROM) {
      this.#sinceMs = undefined;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sinceMs < WINDOW_MS || this.#served < BUSY_FROM) return;
    this.#peak.note((1_000 * this.#served) / (nowMs - this.#sinceMs), nowMs);
    this.#sinceMs = nowMs;
    this.#served = 0;
  }

  /** How long so many take, milliseconds; 0 for few, and where no rate was seen lately. */
  waitMs(underWay: number): number {
    if (underWay < BUSY_FROM) return 0;
    const rate = this.#perSecond();
    if (rate === undefined) return 0;
    return Math.min((1_000 * underWay) / rate, FORESIGHT * this.#tookMs);
  }

  #perSecond(): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const peak = this.#peak.at(nowMs);
    if (peak > 0) return peak;
    // A burst need not wait for the end of its first window, as soon as enough of it was served to tell.
    if (this.#sinceMs === undefined || this.#served < BUSY_FROM) return undefined;
    return (1_000 * this.#served) / Math.max(1, nowMs - this.#sinceMs);
  }
}
