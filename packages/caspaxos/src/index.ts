export { type AcceptorEffect, type AcceptorState, answer, EMPTY_ACCEPTOR } from "./acceptor.ts";
export { type Ballot, compareBallots, NO_BALLOT } from "./ballot.ts";
export {
  decodeAcceptorState,
  decodeReply,
  decodeRequest,
  encodeAcceptorState,
  encodeReply,
  encodeRequest,
} from "./codec.ts";
export { type AcceptorSets, founders, type Membership } from "./membership.ts";
export type {
  AcceptedReply,
  AcceptRequest,
  ConflictReply,
  PrepareRequest,
  PromiseReply,
  Proposal,
  Reply,
  Request,
} from "./message.ts";
export type { Change, Next, Outcome, Register } from "./outcome.ts";
export { Proposer } from "./proposer.ts";
export type { Job, ProposerEffect, ProposerOptions, ProposerState } from "./proposer-state.ts";
export type { Shortfall } from "./quorum.ts";
export type { AcceptPhase, BackoffPhase, Intent, Phase, PreparePhase } from "./round.ts";
