import type { NodeId, Random } from "@coterie/core";
import type { Membership } from "./membership.ts";
import type { Request } from "./message.ts";
import type { Change, Outcome, Register } from "./outcome.ts";
import type { Phase } from "./round.ts";

export interface ProposerOptions {
  /** Unique for ever: no other process may use it, nor this one after a restart (see `Ballot`). */
  readonly id: string;
  /**
   * A membership that is known to be chosen: the founders, or one that an `ok` outcome named. The newer
   * the better: its acceptors are asked first.
   */
  readonly membership: Membership;
  readonly random: Random;
  /** Silent acceptors are asked again after this long, 500 by default; shorter costs messages. */
  readonly resendMs?: number;
  /** The first wait of an outvoted proposer, 10 by default; it doubles, and chance takes a part of it. */
  readonly backoffMinMs?: number;
  /** The longest wait, 1,000 by default: more spares rivals, less finds a gap sooner. */
  readonly backoffMaxMs?: number;
}

/** What the caller is to do. */
export type ProposerEffect =
  /** To the acceptor `to`, possibly of this very node; its reply goes to `receive`. */
  | { readonly type: "send"; readonly to: NodeId; readonly request: Request }
  /** The change has ended, and the next may begin. */
  | { readonly type: "outcome"; readonly outcome: Outcome };

/** A change under way. */
export interface Job {
  readonly change: Change;
  readonly deadlineMs: number;
  /** How often it was outvoted in a row. */
  readonly outvoted: number;
  /** Whether a round wrote and ended without an answer. */
  readonly wrote: boolean;
  /** The change of membership that was chosen and is now being settled. */
  readonly unsettled: Register | undefined;
  readonly phase: Phase;
}

/** All that a proposer knows, as plain immutable data. */
export interface ProposerState {
  readonly counter: number;
  readonly membership: Membership;
  readonly job: Job | undefined;
}
