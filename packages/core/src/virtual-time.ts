import { AssertionError } from "./assert.ts";
import type { Clock, Timer, Timers } from "./clock.ts";

/** A timer that is set; once cancelled it has no callback. */
class Entry implements Timer {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;

  constructor(atMs: number, order: number, callback: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.callback = callback;
  }

  cancel(): void {
    this.callback = undefined;
  }
}

/**
 * A clock that moves only when told to, and the timers that go with it. Timers fire in order of their
 * time, ties in the order in which they were set, so a test is the same on every run.
 */
export class VirtualTime implements Clock, Timers {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #heap: Entry[] = [];
  /** What waits for the end of this turn: most of all that is set, and due in the order in which it came. */
  #turn: Entry[] = [];
  /** Of those, how many have had their turn. */
  #turned = 0;

  constructor(startMs = 1_700_000_000_000) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#monotonicMs + this.#wallOffsetMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Moves wall time alone, forwards or back: an NTP step. Timers do not notice. */
  jumpWallMs(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    if (!(delayMs >= 0)) throw new AssertionError(`a timer cannot fire ${delayMs} ms from now`);
    const entry = new Entry(this.#monotonicMs + delayMs, this.#order++, callback);
    this.#push(entry);
    return entry;
  }

  endOfTurn(callback: () => void): void {
    this.#turn.push(new Entry(this.#monotonicMs, this.#order++, callback));
  }

  /** When the next timer fires, in monotonic milliseconds; `Infinity` when none is set. */
  get nextMs(): number {
    return this.#next()?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Fires the next timer, moving time to it. False when there is none. */
  step(): boolean {
    const entry = this.#next();
    if (entry === undefined) return false;
    if (entry === this.#turn[this.#turned]) this.#takeTurn();
    else this.#pop();
    this.#monotonicMs = Math.max(this.#monotonicMs, entry.atMs);
    entry.callback?.();
    return true;
  }

  /** Fires, in order, every timer due within `byMs`, then stands exactly `byMs` later. */
  advance(byMs: number): void {
    const untilMs = this.#monotonicMs + byMs;
    while (this.nextMs <= untilMs) this.step();
    this.#monotonicMs = untilMs;
  }

  /**
   * Like `advance`, but lets promises settle between timers: for code that awaits.
   * Several empty microtask rounds pass between two timers, enough for short chains of `await`.
   */
  async run(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    for (;;) {
      for (let round = 0; round < 50; round++) await Promise.resolve();
      if (this.nextMs > untilMs) break;
      this.step();
    }
    this.#monotonicMs = untilMs;
  }

  #next(): Entry | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) this.#pop();
    const first = this.#heap[0];
    const turn = this.#turn[this.#turned];
    if (turn === undefined) return first;
    return first !== undefined && isBefore(first, turn) ? first : turn;
  }

  #takeTurn(): void {
    if (++this.#turned < this.#turn.length) return;
    this.#turn.length = 0;
    this.#turned = 0;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (!isBefore(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
    }
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
