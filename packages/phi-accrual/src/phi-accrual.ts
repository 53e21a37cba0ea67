import { assert } from "@coterie/core";
import { ArrivalWindow } from "./arrival-window.ts";
import { lnNormalTail } from "./normal-tail.ts";

/** What a `PhiAccrual` may be told; only the interval has no default. */
export interface PhiAccrualOptions {
  /**
   * How often the peer has promised to be heard when nothing else is sent, in milliseconds. It is the
   * estimate until there are samples, and the least mean that is ever believed (see `PhiAccrual`).
   */
  readonly heartbeatIntervalMs: number;
  /** Intervals remembered, 200 by default: more is steadier, fewer adapt sooner. 8 bytes each. */
  readonly windowSize?: number;
  /**
   * The least standard deviation believed, a quarter of the interval by default. More forgives more
   * jitter; less suspects sooner. At least 0.001.
   */
  readonly minDeviationMs?: number;
  /**
   * Silence beyond the mean that counts for nothing: room for a collection pause or a slow disk.
   * 0 by default. It delays every suspicion by as much.
   */
  readonly acceptablePauseMs?: number;
  /** At most one arrival in this span becomes a sample; half the interval by default. */
  readonly sampleSpacingMs?: number;
  /**
   * A longer silence is an outage: it enters the window as this long, or one night's absence would
   * blind the detector for a whole window. Acceptable pause plus ten intervals by default.
   */
  readonly outageMs?: number;
}

/**
 * The phi accrual failure detector (Hayashibara, Défago, Yared and Katayama 2004): how surprising a
 * peer's silence is, on a scale on which phi = 1 errs in one of ten cases, 2 in one of a hundred, and
 * so on. Pure: the caller says what time it is (milliseconds of a clock that never goes back).
 *
 * Fed by heartbeats *and* by replies on the data path, which come in bursts. Three rules keep bursts
 * from wrecking the estimate:
 * 1. Any arrival ends the silence, but at most one per `sampleSpacingMs` becomes a sample: a thousand
 *    replies in a millisecond cannot push the rhythm of the heartbeats out of the window.
 * 2. The mean is never taken below `heartbeatIntervalMs`. Traffic may stop at any moment without
 *    anything being wrong; only heartbeats are promised.
 * 3. The deviation is never taken below `minDeviationMs`, however regular the arrivals were.
 */
export class PhiAccrual {
  readonly #window: ArrivalWindow;
  readonly #intervalMs: number;
  readonly #minDeviationMs: number;
  readonly #acceptablePauseMs: number;
  readonly #sampleSpacingMs: number;
  readonly #outageMs: number;
  #lastArrivalMs: number | undefined;
  #lastSampleMs = 0;

  constructor(options: PhiAccrualOptions) {
    const intervalMs = options.heartbeatIntervalMs;
    assert(intervalMs > 0 && Number.isFinite(intervalMs), "the heartbeat interval is positive");
    this.#intervalMs = intervalMs;
    this.#minDeviationMs = options.minDeviationMs ?? intervalMs / 4;
    assert(this.#minDeviationMs >= 0.001, "the minimum deviation is at least a microsecond");
    this.#acceptablePauseMs = options.acceptablePauseMs ?? 0;
    assert(this.#acceptablePauseMs >= 0, "the acceptable pause is not negative");
    this.#sampleSpacingMs = options.sampleSpacingMs ?? intervalMs / 2;
    this.#outageMs = options.outageMs ?? this.#acceptablePauseMs + 10 * intervalMs;
    assert(this.#outageMs >= this.#sampleSpacingMs, "an outage outlasts the sample spacing");
    this.#window = new ArrivalWindow(options.windowSize ?? 200);
  }

  /**
   * The peer was heard: a heartbeat, or any reply. The first call starts the watch and stands for a
   * guess (the promised interval, give or take a quarter) that samples soon outweigh. Time that runs
   * backwards is taken to stand still.
   */
  heartbeat(nowMs: number): void {
    if (this.#lastArrivalMs === undefined) {
      this.#window.add(this.#intervalMs * 0.75);
      this.#window.add(this.#intervalMs * 1.25);
      this.#lastArrivalMs = nowMs;
      this.#lastSampleMs = nowMs;
      return;
    }
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs);
    const sinceSampleMs = nowMs - this.#lastSampleMs;
    if (sinceSampleMs < this.#sampleSpacingMs) return;
    this.#window.add(Math.min(sinceSampleMs, this.#outageMs));
    this.#lastSampleMs = nowMs;
  }

  /**
   * The suspicion at `nowMs`: -log10 of the chance that a live peer would still be silent. Between
   * arrivals it never falls. 0 before the first arrival: call `heartbeat` when you begin to wait for
   * a peer. Neither infinite nor NaN for any finite time: it grows with the square of the silence
   * and is capped at `Number.MAX_VALUE`, which only a silence of 10^150 deviations would reach.
   */
  phi(nowMs: number): number {
    if (this.#lastArrivalMs === undefined) return 0;
    const silenceMs = Math.max(0, nowMs - this.#lastArrivalMs);
    const surplusMs = silenceMs - this.meanMs - this.#acceptablePauseMs;
    return Math.min(-lnNormalTail(surplusMs / this.deviationMs) / Math.LN10, Number.MAX_VALUE);
  }

  /** When the peer was last heard; undefined before that. */
  get lastArrivalMs(): number | undefined {
    return this.#lastArrivalMs;
  }

  /** The mean interval believed, never below the promised one. */
  get meanMs(): number {
    return Math.max(this.#window.mean, this.#intervalMs);
  }

  /** The standard deviation believed, never below the minimum. */
  get deviationMs(): number {
    return Math.max(Math.sqrt(this.#window.variance), this.#minDeviationMs);
  }
}
