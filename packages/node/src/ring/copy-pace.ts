/** Slowness up to here is what a node that is not busy shows, too, milliseconds. */
const QUIET_MS = 20;
/** A rest is at most so many times what the work before it took, and so many milliseconds. */
const SHARE_MAX = 8;
const REST_MS_MAX = 1_000;
/** What an unused throttle saves up, milliseconds of it: a pause is not followed by a flood. */
const SAVED_MS = 100;

/**
 * How long a copy rests after work that took `tookMs`, so that clients come first. `slowMs`: how long this
 * node, or the one that it copies from, kept others waiting lately. Where nobody waits there is no rest;
 * from there on the copy leaves the more to clients the slower they are served, never all.
 */
export function yieldMs(tookMs: number, slowMs: number): number {
  const share = Math.min(SHARE_MAX, Math.max(0, slowMs - QUIET_MS) / QUIET_MS);
  return Math.min(REST_MS_MAX, share * tookMs);
}

/** Keeps copies, many at once, to a throttle that an operator may change meanwhile. What was fetched is paid for afterwards. */
export class CopyPace {
  #bytes = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** So many bytes were fetched under a throttle; undefined: under none, and nothing is owed for them. */
  spend(bytes: number, throttle: number | undefined, nowMs: number): void {
    if (throttle === undefined) {
      this.#bytes = 0;
      this.#sinceMs = nowMs;
      return;
    }
    this.#settle(throttle, nowMs);
    this.#bytes += bytes;
  }

  /** How long nothing more may be fetched at so many bytes a second; 0 or less: go on. */
  debtMs(throttle: number, nowMs: number): number {
    this.#settle(throttle, nowMs);
    return (1_000 * this.#bytes) / throttle;
  }

  #settle(throttle: number, nowMs: number): void {
    this.#bytes -= (throttle * (nowMs - this.#sinceMs)) / 1_000;
    this.#sinceMs = nowMs;
    this.#bytes = Math.max(this.#bytes, (-throttle * SAVED_MS) / 1_000);
  }
}
