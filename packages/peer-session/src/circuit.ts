/** When a circuit opens and how soon it tries again. All times in milliseconds. */
export interface CircuitLimits {
  /**
   * How long calls wait for a peer that was never connected, refused attempts or not: it may be starting.
   * Longer is kinder to a slow start and answers later while a peer is down.
   */
  readonly newcomerMs: number;
  /** How long calls wait when a session broke, unless an attempt fails sooner. Bridges a mere reset. */
  readonly graceMs: number;
  /** So many calls in a row without one reply. Fewer opens on chance, more waits longer for a dead peer. */
  readonly unansweredMax: number;
  /** Without a reply for this long, when so many are unanswered: shorter than the deadlines of most calls. */
  readonly stallMs: number;
  /** Between two calls that are let through to try a peer that is connected and does not answer. */
  readonly probeMs: number;
}

const CIRCUIT_LIMITS: CircuitLimits = {
  newcomerMs: 1000,
  graceMs: 250,
  unansweredMax: 5,
  stallMs: 2000,
  probeMs: 500,
};

/**
 * - `closed`: calls go out, or wait a moment for the connection.
 * - `open`: the peer is known not to answer; calls are refused at once.
 * - `halfOpen`: a probe is on its way, the hello of a new session or one call; its answer closes the circuit.
 */
export type CircuitState = "closed" | "open" | "halfOpen";

/**
 * Whether it is worth handing a peer a call (Nygard, "Release It!"): who knows early that it is not turns to
 * another replica at once, instead of waiting for a deadline. Pure; times are monotonic. It opens
 * 1. without a session: when an attempt fails, or `graceMs` after the session broke;
 * 2. with one: when `unansweredMax` calls in a row got no reply, and all of them were lost or the first is
 *    `stallMs` old. That is a process that stands still before its silence breaks the session, or one that
 *    still beats while its disk hangs.
 */
export class Circuit {
  readonly #limits: CircuitLimits;
  readonly #onChange: (state: CircuitState, reason: string) => void;
  #state: CircuitState = "closed";
  #reason = "";
  /** Infinity before the first attempt, and while a session stands. */
  #graceEndsMs = Number.POSITIVE_INFINITY;
  #wasDialled = false;
  #hasSession = false;
  #wasConnected = false;
  #unanswered = 0;
  #lost = 0;
  #unansweredSinceMs = 0;
  #probeAtMs = 0;

  constructor(
    limits: Partial<CircuitLimits>,
    onChange: (state: CircuitState, reason: string) => void,
  ) {
    this.#limits = { ...CIRCUIT_LIMITS, ...limits };
    this.#onChange = onChange;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Why it is not closed, a sentence. */
  get reason(): string {
    return this.#reason;
  }

  /** When `tick` has work that nobody else brings about. */
  get dueMs(): number {
    return this.#state === "closed" ? this.#graceEndsMs : Number.POSITIVE_INFINITY;
  }

  /** Whether a call would be refused now. */
  refuses(nowMs: number): boolean {
    this.tick(nowMs);
    return this.#state !== "closed" && !(this.#hasSession && nowMs >= this.#probeAtMs);
  }

  /** Whether this call may go; if so with a circuit that is not closed, it is the probe. */
  admits(nowMs: number): boolean {
    if (this.refuses(nowMs)) return false;
    if (this.#state !== "closed") {
      this.#probeAtMs = nowMs + this.#limits.probeMs;
      this.#enter("halfOpen", this.#reason);
    }
    return true;
  }

  tick(nowMs: number): void {
    if (this.#state !== "closed") return;
    const { unansweredMax, stallMs } = this.#limits;
    if (nowMs >= this.#graceEndsMs) {
      this.#enter("open", "there is no connection to it");
    } else if (this.#unanswered >= unansweredMax) {
      const silentMs = nowMs - this.#unansweredSinceMs;
      if (this.#lost < unansweredMax && silentMs < stallMs) return;
      this.#probeAtMs = nowMs + this.#limits.probeMs;
      const count = `${this.#unanswered} calls in a row`;
      this.#enter("open", `it answered none of ${count} for ${Math.round(silentMs)} ms`);
    }
  }

  /** An attempt to connect begins: to a circuit that is open its hello is the probe. */
  dialled(nowMs: number): void {
    if (!this.#wasDialled) this.#graceEndsMs = nowMs + this.#limits.newcomerMs;
    this.#wasDialled = true;
    if (this.#state === "open") this.#enter("halfOpen", this.#reason);
  }

  /** The peer has answered the hello. */
  connected(): void {
    this.#hasSession = true;
    this.#wasConnected = true;
    this.#graceEndsMs = Number.POSITIVE_INFINITY;
    this.#forget();
    this.#enter("closed", "");
  }

  /** The session broke, or an attempt failed. */
  disconnected(nowMs: number, reason: string): void {
    const broke = this.#hasSession;
    this.#hasSession = false;
    this.#forget();
    if (this.#state !== "closed") this.#enter("open", reason);
    else if (broke) this.#graceEndsMs = nowMs + this.#limits.graceMs;
    else if (this.#wasConnected || nowMs >= this.#graceEndsMs) this.#enter("open", reason);
  }

  /** A call was handed to the transport. */
  sent(nowMs: number): void {
    if (this.#unanswered++ === 0) this.#unansweredSinceMs = nowMs;
  }

  /** A call was answered, in time or late. */
  replied(): void {
    this.#forget();
    if (this.#hasSession) this.#enter("closed", "");
  }

  /** A call that was sent at `sentMs` got no reply within its deadline. One sent before the last reply proves nothing new. */
  lost(sentMs: number): void {
    if (this.#unanswered > 0 && sentMs >= this.#unansweredSinceMs) this.#lost++;
    if (this.#state === "halfOpen" && this.#hasSession) this.#enter("open", this.#reason);
  }

  /** This process stood still itself: what the peer did not answer meanwhile says nothing. */
  forgive(nowMs: number): void {
    this.#forget();
    if (Number.isFinite(this.#graceEndsMs)) {
      this.#graceEndsMs = Math.max(this.#graceEndsMs, nowMs + this.#limits.graceMs);
    }
  }

  #forget(): void {
    this.#unanswered = 0;
    this.#lost = 0;
  }

  #enter(state: CircuitState, reason: string): void {
    this.#reason = reason;
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state, reason);
  }
}
