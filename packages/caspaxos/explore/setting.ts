import type { AcceptorSets, Proposal } from "../src/index.ts";

/** A change that appends one letter, unless it is there, and may name other acceptors. */
export interface Letter {
  readonly letter: string;
  readonly acceptors?: AcceptorSets;
}

/** What is explored, and how far. */
export interface Setting {
  readonly acceptors: readonly string[];
  /** Who decides at birth. */
  readonly members: AcceptorSets;
  /** For each proposer the changes it makes, one after the other. */
  readonly letters: readonly (readonly Letter[])[];
  /** For each proposer how many rounds it may begin. */
  readonly rounds: readonly number[];
  /**
   * Whether all acceptors play the same part, so that states which differ only by their names are one:
   * nearly six times fewer for three. The run that is told of a violation then mixes the names up.
   */
  readonly interchangeable?: boolean;
  /** Faults put in on purpose, to see that they are found. */
  readonly fault?: Fault;
}

export interface Fault {
  /** Promises are kept in memory only. */
  readonly forgetsPromises?: boolean;
  /** What a proposer is shown of what an acceptor has accepted. */
  readonly shows?: (accepted: Proposal | undefined) => Proposal | undefined;
}
