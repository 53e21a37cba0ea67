import type { Clock, Random, Timers } from "@coterie/core";
import type { CircuitLimits, CircuitState } from "./circuit.ts";
import type { LinkLimits } from "./limits.ts";
import type { Dialer, InFrame, OutFrame } from "./ports.ts";

/**
 * - `idle`: nobody asked for a connection yet.
 * - `connecting`: dialled, the other side's hello has not come.
 * - `up`: calls go out.
 * - `down`: the last session or attempt failed; the next attempt is timed.
 * - `closed`: for good.
 */
export type LinkState = "idle" | "connecting" | "up" | "down" | "closed";

export interface PeerLinkOptions<Hello, Call, Reply, Theirs = Hello> {
  /** `host:port` or whatever the dialer understands. */
  readonly address: string;
  readonly dialer: Dialer<OutFrame<Hello, Call>, InFrame<Theirs, Reply>>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** This side's hello, asked for at each attempt. */
  readonly hello: () => Hello;
  /** Looks at the other side's hello; a sentence refuses it (or repeats the refusal that it carries). */
  readonly check: (theirs: Theirs) => string | undefined;
  /** About how many bytes a call takes on the wire, for the bounds in bytes. Without it only numbers are bounded. */
  readonly weigh?: (call: Call) => number;
  /** After each change; `reason` says why in a sentence. */
  readonly onState?: (state: LinkState, reason: string) => void;
  /** After each frame that arrives, heartbeats included: what a failure detector feeds on. Monotonic. */
  readonly onArrival?: (nowMs: number) => void;
  /** A reply that came after its call had been given up as `lost`. */
  readonly onLate?: (call: Call, reply: Reply) => void;
  readonly limits?: Partial<LinkLimits>;
  /** With it the link refuses calls, urgent ones aside, while it is known that the peer does not answer. Without it they wait. */
  readonly circuit?: Partial<CircuitLimits>;
  readonly onCircuit?: (state: CircuitState, reason: string) => void;
}
