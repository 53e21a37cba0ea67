import type { NodeId } from "@coterie/core";
import type { Peer } from "./messages.ts";

/** A ping sent on another member's behalf. */
export interface Relay {
  readonly origin: Peer;
  readonly originSequence: number;
  readonly target: NodeId;
}

interface OpenRelay extends Relay {
  nackMs: number;
  endMs: number;
}

/** Beyond it the oldest is given up: its origin has other helpers. */
const RELAYS_MAX = 512;

/**
 * Pings sent for others [SWIM §3.1]: an ack is handed on; silence is reported with a nack [Lifeguard
 * §IV.A], after which a late ack is still handed on for a while.
 */
export class Relays {
  readonly #open = new Map<number, OpenRelay>();

  start(sequence: number, relay: Relay, nackAfterMs: number, nowMs: number): void {
    if (this.#open.size >= RELAYS_MAX) {
      for (const oldest of this.#open.keys()) {
        this.#open.delete(oldest);
        break;
      }
    }
    const nackMs = nowMs + nackAfterMs;
    this.#open.set(sequence, { ...relay, nackMs, endMs: nackMs + nackAfterMs });
  }

  get deadlineMs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const relay of this.#open.values()) {
      earliest = Math.min(earliest, relay.nackMs, relay.endMs);
    }
    return earliest;
  }

  /** The relay that an ack answers, which is then over. */
  acknowledged(sequence: number, of: NodeId): Relay | undefined {
    const relay = this.#open.get(sequence);
    if (relay === undefined || relay.target !== of) return undefined;
    this.#open.delete(sequence);
    return relay;
  }

  /** Those whose target has been silent for too long. */
  tick(nowMs: number): Relay[] {
    const silent: Relay[] = [];
    for (const [sequence, relay] of this.#open) {
      if (relay.endMs <= nowMs) this.#open.delete(sequence);
      if (relay.nackMs > nowMs) continue;
      silent.push(relay);
      relay.nackMs = Number.POSITIVE_INFINITY;
    }
    return silent;
  }

  /** This member stood still for so long. */
  postpone(byMs: number): void {
    for (const relay of this.#open.values()) {
      relay.nackMs += byMs;
      relay.endMs += byMs;
    }
  }
}
