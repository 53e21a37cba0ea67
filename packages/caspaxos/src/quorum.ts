import type { NodeId } from "@coterie/core";
import type { AcceptorSets } from "./membership.ts";
import type { Proposal } from "./message.ts";

/** How far a set of acceptors is from its majority. */
export interface Shortfall {
  readonly acceptors: readonly NodeId[];
  readonly required: number;
  readonly received: number;
}

/** Two majorities of one set have a member in common. */
function majorityOf(set: readonly NodeId[]): number {
  return Math.floor(set.length / 2) + 1;
}

/** The sets that lack a majority among `heard`; none: a quorum. */
export function shortfalls(sets: AcceptorSets, heard: readonly NodeId[]): Shortfall[] {
  return sets
    .map((acceptors) => ({
      acceptors,
      required: majorityOf(acceptors),
      received: acceptors.filter((id) => heard.includes(id)).length,
    }))
    .filter(({ required, received }) => received < required);
}

/** Whether a quorum can still come about without those who refused. */
export function isWithinReach(sets: AcceptorSets, refused: readonly NodeId[]): boolean {
  return sets.every((set) => {
    const left = set.filter((id) => !refused.includes(id)).length;
    return left >= majorityOf(set);
  });
}

export function membersOf(sets: AcceptorSets): NodeId[] {
  return [...new Set(sets.flat())];
}

/** Whose acceptance makes a proposal chosen: those who decided before it *and* those whom it names. */
export function setsThatChoose(proposal: Proposal): AcceptorSets {
  return isSettled(proposal)
    ? proposal.membership.sets
    : [...proposal.base.sets, ...proposal.membership.sets];
}

/** Whether a proposal was made under the very membership that it names. */
export function isSettled({ base, membership }: Proposal): boolean {
  return base.version === membership.version;
}
