import type { Clock, Timers } from "@coterie/core";

export interface LoopOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** No operation starts from then on, by the monotonic clock. */
  readonly untilMs: number;
  /** One operation. `intendedMs`: when it was to start. Never rejects. */
  readonly operate: (intendedMs: number) => Promise<void>;
}

/** So many clients, each of whom waits for its answer before it asks again. Resolves when all have theirs. */
export async function closedLoop(
  { clock, untilMs, operate }: LoopOptions,
  concurrency: number,
): Promise<void> {
  const client = async (): Promise<void> => {
    for (let nowMs = clock.monotonicMs(); nowMs < untilMs; nowMs = clock.monotonicMs()) {
      await operate(nowMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}

/**
 * So many are started in one go when the loop is behind; then what has come is read. Ten thousand, which was what a
 * fifth of a second had held up, took long enough for answers that lay there to be late.
 */
const STARTED_A_TURN = 2_048;

/**
 * So many operations a second, evenly spaced, whether the ones before are answered or not. What the loop or the
 * system delays keeps its intended start, so that a stall shows in the latency of all it held up ("coordinated
 * omission"). Timers turn every millisecond at most: that much of a latency may be the loop's own.
 */
export async function openLoop(
  { clock, timers, untilMs, operate }: LoopOptions,
  perSecond: number,
): Promise<void> {
  const startMs = clock.monotonicMs();
  const underWay = new Set<Promise<void>>();
  for (let started = 0; ; ) {
    const nowMs = clock.monotonicMs();
    let dueMs = startMs + (started * 1000) / perSecond;
    const upTo = started + STARTED_A_TURN;
    while (dueMs <= nowMs && dueMs < untilMs && started < upTo) {
      const operation = operate(dueMs);
      underWay.add(operation);
      void operation.then(() => underWay.delete(operation));
      started++;
      dueMs = startMs + (started * 1000) / perSecond;
    }
    if (dueMs >= untilMs) break;
    await new Promise<void>((resolve) => {
      if (dueMs <= nowMs) timers.endOfTurn(resolve);
      else timers.after(dueMs - nowMs, resolve);
    });
  }
  await Promise.all(underWay);
}
