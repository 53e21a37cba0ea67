import type { Clock, Timer, Timers } from "@coterie/core";

/** An alarm this late rings in a process that stood still: what came meanwhile lies unread, and is read before anything is given up. */
const LATE_MS = 20;

/**
 * The one timer of an end of a session. An alarm that stands earlier than needed is left standing: it
 * rings, its owner finds nothing due and sets the next. So moving a deadline back, which every frame
 * does, costs a comparison and no timer.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #ring: (nowMs: number, lateMs: number) => void;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;
  /** Lets this turn's reading go first. */
  #isWaiting = false;

  /** `ring` is told how late it rings: far too late means that this process itself stood still. */
  constructor(clock: Clock, timers: Timers, ring: (nowMs: number, lateMs: number) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#ring = ring;
  }

  /** Rings at `atMs` (monotonic) at the latest. */
  by(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.#timer?.cancel();
    this.#atMs = atMs;
    const delayMs = Math.max(0, atMs - this.#clock.monotonicMs());
    this.#timer = this.#timers.after(delayMs, this.#fire);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    this.#isWaiting = false;
  }

  readonly #fire = (): void => {
    const atMs = this.#atMs;
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    // A timer may come a fraction of a millisecond early. Taking it as on time keeps its owner from
    // finding nothing due and setting it again for the rest of that fraction, for ever in virtual time.
    const nowMs = Math.max(this.#clock.monotonicMs(), atMs);
    const lateMs = nowMs - atMs;
    if (lateMs < LATE_MS) {
      this.#ring(nowMs, lateMs);
      return;
    }
    this.#isWaiting = true;
    this.#timers.endOfTurn(() => {
      if (!this.#isWaiting) return;
      this.#isWaiting = false;
      this.#ring(this.#clock.monotonicMs(), lateMs);
    });
  };
}
