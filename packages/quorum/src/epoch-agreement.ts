import { fraction, type NodeId } from "@coterie/core";
import type { Ports } from "./ports.ts";

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 160;

/**
 * Brings this node and one that refused a request to the same ring, for one request: the first time at
 * once, then with a growing and jittered wait, because two rings that keep differing are a change in
 * progress and asking faster does not end it.
 */
export class EpochAgreement {
  readonly #ports: Ports;
  #attempts = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /**
   * Calls back once: true when the request may be tried again, false when that would be after
   * `deadlineMs` (monotonic).
   */
  seek(
    node: NodeId,
    theirEpoch: number,
    deadlineMs: number,
    again: (agreed: boolean) => void,
  ): void {
    const { clock, timers, replicas } = this.#ports;
    const agree = (): void => {
      const done = (): void => again(clock.monotonicMs() < deadlineMs);
      replicas.agreeOnEpoch(node, theirEpoch).then(done, done);
    };
    const waitMs = this.#nextWaitMs();
    if (waitMs === 0) agree();
    else if (clock.monotonicMs() + waitMs >= deadlineMs) again(false);
    else timers.after(waitMs, agree);
  }

  #nextWaitMs(): number {
    const attempt = this.#attempts++;
    if (attempt === 0) return 0;
    const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
    return ceilingMs * (0.5 + fraction(this.#ports.random) / 2);
  }
}
