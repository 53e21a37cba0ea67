import type { Clock, Timer, Timers } from "./clock.ts";

// Declared here rather than through DOM or Node types, which would let every package of the lower
// layers reach for them unnoticed.
declare const performance: { now(): number };
declare function setTimeout(callback: () => void, delayMs: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare function setImmediate(callback: () => void): void;

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Timers of the event loop. A pending timer keeps the process alive, so owners cancel theirs. */
export const systemTimers: Timers = {
  after(delayMs, callback): Timer {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  endOfTurn: (callback) => setImmediate(callback),
};
