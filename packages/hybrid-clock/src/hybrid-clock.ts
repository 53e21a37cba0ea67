import { assert, type Clock } from "@coterie/core";
import { compareStamps, type HlcStamp, laterStamp, MAX_LOGICAL, ZERO_STAMP } from "./hlc-stamp.ts";

export interface HybridClockOptions {
  readonly clock: Pick<Clock, "nowMs">;
  /**
   * How far, in milliseconds, a stamp may run ahead of this node's wall clock. More tolerates worse
   * clocks; less bounds how long one wrong clock can win over, or block, the writes of the others.
   */
  readonly maxDriftMs: number;
}

/** The outcome of `mintAbove`. `aheadMs`: how far beyond wall time the stamp would have been. */
export type Mint =
  | { readonly type: "stamp"; readonly stamp: HlcStamp }
  | { readonly type: "drift"; readonly aheadMs: number };

/**
 * A hybrid logical clock (Kulkarni et al. 2014): as close to wall time as causality allows.
 *
 * Invariants: (1) each stamp given is later than all given or adopted before it, whatever the wall
 * clock does; (2) no adopted stamp, and none that `mintAbove` gives, is more than `maxDriftMs` ahead
 * of wall time at that moment.
 */
export class HybridClock {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #maxDriftMs: number;
  #last: HlcStamp = ZERO_STAMP;

  constructor({ clock, maxDriftMs }: HybridClockOptions) {
    assert(maxDriftMs >= 0, `a drift of ${maxDriftMs} ms cannot be kept`);
    this.#clock = clock;
    this.#maxDriftMs = maxDriftMs;
  }

  /** The latest stamp given or adopted. */
  get last(): HlcStamp {
    return this.#last;
  }

  /** A new stamp. Never refuses: for stamps that nothing but a display depends on. */
  now(): HlcStamp {
    this.#last = above(this.#last, this.#clock.nowMs());
    return this.#last;
  }

  /**
   * A new stamp later than each of `stamps` as well, or a refusal when it would be too far ahead of
   * wall time; a refusal changes nothing.
   */
  mintAbove(...stamps: readonly HlcStamp[]): Mint {
    const nowMs = this.#clock.nowMs();
    const stamp = above(stamps.reduce(laterStamp, this.#last), nowMs);
    const aheadMs = stamp.wallMs - nowMs;
    if (aheadMs > this.#maxDriftMs) return { type: "drift", aheadMs };
    this.#last = stamp;
    return { type: "stamp", stamp };
  }

  /**
   * Adopts a stamp that came with a merged version, so that what is minted next is later. One too far
   * ahead is left alone: merges are never refused, and one wrong clock must not spread.
   */
  observe(stamp: HlcStamp): void {
    if (compareStamps(stamp, this.#last) <= 0) return;
    if (stamp.wallMs <= this.#clock.nowMs() + this.#maxDriftMs) this.#last = stamp;
  }
}

/** The earliest stamp that is later than `floor` and not before `nowMs`. */
function above(floor: HlcStamp, nowMs: number): HlcStamp {
  const wallMs = Math.floor(nowMs);
  if (wallMs > floor.wallMs) return { wallMs, logical: 0 };
  // A full logical part carries into the milliseconds instead of wrapping round to an earlier stamp.
  if (floor.logical === MAX_LOGICAL) return { wallMs: floor.wallMs + 1, logical: 0 };
  return { wallMs: floor.wallMs, logical: floor.logical + 1 };
}
