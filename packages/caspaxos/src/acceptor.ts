import { type Ballot, compareBallots, NO_BALLOT } from "./ballot.ts";
import type { ConflictReply, Proposal, Reply, Request } from "./message.ts";

/** What an acceptor knows, all of it durable. One for each register. */
export interface AcceptorState {
  /** The highest ballot promised or accepted. */
  readonly promised: Ballot;
  readonly accepted: Proposal | undefined;
}

export const EMPTY_ACCEPTOR: AcceptorState = { promised: NO_BALLOT, accepted: undefined };

/**
 * What the caller is to do. A promise or an acceptance is worth nothing unless it outlives a crash, so
 * both come as *one* effect: make `state` durable, then send `reply`; if it cannot be made durable,
 * send nothing. A conflict is only a hint and may leave at once.
 */
export type AcceptorEffect =
  | { readonly type: "persistThenReply"; readonly state: AcceptorState; readonly reply: Reply }
  | { readonly type: "reply"; readonly reply: ConflictReply };

/**
 * The acceptor of CASPaxos (Rystsov 2018, §2.2). `state` is what is durable, or will be before any reply
 * based on it leaves: one request after the other for each register, several in one transaction if
 * all their replies wait for its commit. A request that comes twice is answered twice, alike: also
 * then the answer waits for the disk, as the first one's write may still be under way.
 */
export function answer(state: AcceptorState, request: Request): AcceptorEffect {
  const ballot = request.type === "prepare" ? request.ballot : request.proposal.ballot;
  if (compareBallots(ballot, state.promised) < 0) {
    return { type: "reply", reply: { type: "conflict", ballot, promised: state.promised } };
  }
  if (request.type === "prepare") {
    return {
      type: "persistThenReply",
      state: { promised: ballot, accepted: state.accepted },
      reply: { type: "promise", ballot, accepted: state.accepted },
    };
  }
  return {
    type: "persistThenReply",
    state: { promised: ballot, accepted: request.proposal },
    reply: { type: "accepted", ballot },
  };
}
