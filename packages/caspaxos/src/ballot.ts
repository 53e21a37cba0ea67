/**
 * A ballot number: unique, because no two processes share a proposer id and no process uses a counter
 * twice. A process that does not keep its counter durably takes a *fresh* id at every start.
 */
export interface Ballot {
  /** 1 … 2^53 - 1; 0 stands only in `NO_BALLOT`. */
  readonly counter: number;
  readonly proposer: string;
}

/** Below every ballot. */
export const NO_BALLOT: Ballot = { counter: 0, proposer: "" };

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  return a.proposer < b.proposer ? -1 : a.proposer > b.proposer ? 1 : 0;
}
