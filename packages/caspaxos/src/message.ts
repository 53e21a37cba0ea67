import type { Ballot } from "./ballot.ts";
import type { Membership } from "./membership.ts";

/** What a proposer asks acceptors to accept: the whole new state of the register. */
export interface Proposal {
  readonly ballot: Ballot;
  /** Who decided when this was proposed. It is a membership that was chosen: never a mere proposal. */
  readonly base: Membership;
  /** Who decides from now on: the base, or a change of it. */
  readonly membership: Membership;
  /** Undefined while nothing was ever written. */
  readonly value: Uint8Array | undefined;
}

/** First phase: promise to take part in nothing older, and say what you have accepted. */
export interface PrepareRequest {
  readonly type: "prepare";
  readonly ballot: Ballot;
}

/** Second phase. */
export interface AcceptRequest {
  readonly type: "accept";
  readonly proposal: Proposal;
}

export type Request = PrepareRequest | AcceptRequest;

export interface PromiseReply {
  readonly type: "promise";
  readonly ballot: Ballot;
  readonly accepted: Proposal | undefined;
}

export interface AcceptedReply {
  readonly type: "accepted";
  readonly ballot: Ballot;
}

/** A newer ballot was promised: a hint of what to exceed. */
export interface ConflictReply {
  readonly type: "conflict";
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** `ballot` is always that of the request. */
export type Reply = PromiseReply | AcceptedReply | ConflictReply;
