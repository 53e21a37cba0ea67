/**
 * Time as a port. Nothing that the simulator runs reads time in any other way.
 *
 * `nowMs` is wall time, milliseconds since the Unix epoch: it may jump, and no safety argument may
 * rest on it. `monotonicMs` never goes back, has no meaning outside this process, and has
 * sub-millisecond resolution: use it for deadlines and latencies.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
}

/** A timer that has been set; `cancel` is idempotent and a no-op after it fired. */
export interface Timer {
  cancel(): void;
}

/** Deferred work as a port. */
export interface Timers {
  /** Calls back once, at least `delayMs` milliseconds of monotonic time later. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls back after the work that is already queued for this turn: the place to send a batch. */
  endOfTurn(callback: () => void): void;
}
