/** When one end last sent and last heard: all that heartbeats and the rule of silence need. */
export class Pulse {
  readonly #heartbeatMs: number;
  readonly #silenceMs: number;
  #sentMs: number;
  #heardMs: number;

  constructor(nowMs: number, heartbeatMs: number, silenceMs: number) {
    this.#heartbeatMs = heartbeatMs;
    this.#silenceMs = silenceMs;
    this.#sentMs = nowMs;
    this.#heardMs = nowMs;
  }

  sent(nowMs: number): void {
    this.#sentMs = nowMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** When an empty frame is due, unless data goes out first. */
  get beatDueMs(): number {
    return this.#sentMs + this.#heartbeatMs;
  }

  /** When the other end counts as gone, unless something arrives first. */
  get silentAtMs(): number {
    return this.#heardMs + this.#silenceMs;
  }

  /**
   * This process stood still itself (a long pause, a blocked event loop), so that what the other end sent
   * may lie unread: it gets two more heartbeats' time.
   */
  forgive(nowMs: number): void {
    const heardMs = nowMs - this.#silenceMs + 2 * this.#heartbeatMs;
    this.#heardMs = Math.max(this.#heardMs, Math.min(nowMs, heardMs));
  }
}
