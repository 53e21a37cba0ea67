import type { Clock, Timer, Timers } from "@coterie/core";
import type { Ports } from "./ports.ts";

/** A hedge earlier than this would race the event loop, not a slow replica. */
const HEDGE_DELAY_MS_MIN = 1;

/** A request that waits for answers. */
export interface Impatient {
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  /** `Patience`'s own: when it is to be looked at next, whether a hedge is due then, its place among those that wait. */
  dueMs: number;
  mayHedge: boolean;
  place: number;
  /** How long to wait before the next hedge, in milliseconds; infinite for one that is never hedged. */
  hedgeDelayMs(): number;
  /** Sends a hedge. False: none could be sent, so none will be. */
  hedge(): boolean;
  expire(): void;
}

/**
 * Times all requests of a coordinator with one timer: each first for its hedges, then for its deadline. The timer stands
 * for the earliest and is left standing when that one ends, which nearly all do before they are due; it then finds nothing
 * to do. (One for each request, or one that is set whenever somebody waits, took a get 1 µs.)
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

  /** No timer is left. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  begin(request: Impatient, nowMs: number): void {
    request.place = this.#waiting.push(request) - 1;
    this.#await(request, true, nowMs);
  }

  /** Of one that has not begun, too. */
  end(request: Impatient): void {
    if (!this.#isWaiting(request)) return;
    const last = this.#waiting.pop()!;
    if (last !== request) {
      this.#waiting[request.place] = last;
      last.place = request.place;
    }
  }

  #isWaiting(request: Impatient): boolean {
    return this.#waiting[request.place] === request;
  }

  #await(request: Impatient, mayHedge: boolean, nowMs: number): void {
    const hedgeMs = mayHedge
      ? nowMs + Math.max(HEDGE_DELAY_MS_MIN, request.hedgeDelayMs())
      : Number.POSITIVE_INFINITY;
    request.mayHedge = hedgeMs < request.deadlineMs;
    request.dueMs = Math.min(hedgeMs, request.deadlineMs);
    this.#by(request.dueMs, nowMs);
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
      const request = this.#waiting[place];
      if (request === undefined) continue;
      if (request.dueMs <= nowMs) this.#look(request, nowMs);
      if (this.#isWaiting(request)) nextMs = Math.min(nextMs, request.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#by(nextMs, nowMs);
  };

  #look(request: Impatient, nowMs: number): void {
    if (!request.mayHedge) {
      request.expire();
      return;
    }
    const mayHedge = request.hedge();
    if (this.#isWaiting(request)) this.#await(request, mayHedge, nowMs);
  }
}
