import type { NodeId } from "@coterie/core";
import { type Ballot, compareBallots } from "./ballot.ts";
import { type AcceptorSets, type Membership, sameMembership } from "./membership.ts";
import type { Proposal } from "./message.ts";
import { isSettled, setsThatChoose, shortfalls } from "./quorum.ts";

/** The first phase of a round. */
export interface PreparePhase {
  readonly type: "prepare";
  readonly ballot: Ballot;
  /** The newest membership known to be chosen when the round began: what is learnt later is for later. */
  readonly known: Membership;
  readonly asked: readonly NodeId[];
  /** By acceptor: what it had accepted when it promised. */
  readonly promises: ReadonlyMap<NodeId, Proposal | undefined>;
  readonly refused: readonly NodeId[];
  readonly resendAtMs: number;
}

/** Why a proposal is made. */
export type Intent =
  /** The change's own effect. */
  | { readonly type: "write" }
  /** The state as read, so that what was read is chosen: a read, a refusal, the closing round. */
  | { readonly type: "keep"; readonly refusal: string | undefined }
  /** Somebody else's change of membership, which must be chosen before anything is built on it. */
  | { readonly type: "complete" };

/** The second phase of a round. */
export interface AcceptPhase {
  readonly type: "accept";
  readonly proposal: Proposal;
  readonly intent: Intent;
  readonly accepted: readonly NodeId[];
  readonly refused: readonly NodeId[];
  readonly resendAtMs: number;
}

/** Between two rounds: outvoted, and waiting so that the other proposer can finish. */
export interface BackoffPhase {
  readonly type: "backoff";
  readonly untilMs: number;
}

export type Phase = PreparePhase | AcceptPhase | BackoffPhase;

/** The accepted proposal with the highest ballot: the state to build on. */
export function highestAccepted({ promises }: PreparePhase): Proposal | undefined {
  let highest: Proposal | undefined;
  for (const proposal of promises.values()) {
    if (proposal === undefined) continue;
    if (highest === undefined || compareBallots(proposal.ballot, highest.ballot) > 0) {
      highest = proposal;
    }
  }
  return highest;
}

/**
 * The sets of which each must have given a majority of promises before the highest accepted proposal
 * may be built on. They grow with what is read: a proposal names its own.
 *
 * `known` is a membership known to be chosen. Of a proposal whose membership is not known to be chosen
 * the base is asked as well, since others may be deciding under it. What is older than `known`, or a
 * loser against it, is not enough: who decided on `known` is asked too, and will tell.
 */
export function setsThatCover(read: Proposal | undefined, known: Membership): AcceptorSets {
  if (read === undefined) return known.sets;
  if (sameMembership(read.membership, known)) return known.sets;
  if (isNewer(read, known)) return setsThatChoose(read);
  return [...setsThatChoose(read), ...known.sets];
}

/** What may be built on now: nothing before every set has its majority, nor what is known outdated. */
export function coveredRead(
  phase: PreparePhase,
): { readonly read: Proposal | undefined } | undefined {
  const { known } = phase;
  const read = highestAccepted(phase);
  const promised = [...phase.promises.keys()];
  if (shortfalls(setsThatCover(read, known), promised).length > 0) return undefined;
  const current =
    read === undefined
      ? known.version === 0
      : isNewer(read, known) || sameMembership(read.membership, known);
  return current ? { read } : undefined;
}

/** Whether `read` changes the membership and is not known to be chosen. */
export function mustBeCompleted(read: Proposal, known: Membership): boolean {
  return !isSettled(read) && isNewer(read, known);
}

function isNewer({ membership }: Proposal, known: Membership): boolean {
  return membership.version > known.version;
}
