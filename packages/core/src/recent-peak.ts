/** The highest of what was noted lately, in constant memory: it stands for `windowMs` to twice as long. */
export class RecentPeak {
  readonly #windowMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #current = 0;
  #previous = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  note(value: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#current = Math.max(this.#current, value);
  }

  at(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#current, this.#previous);
  }

  #turn(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#sinceMs) / this.#windowMs);
    if (windows < 1) return;
    this.#previous = windows === 1 ? this.#current : 0;
    this.#current = 0;
    this.#sinceMs = nowMs;
  }
}
