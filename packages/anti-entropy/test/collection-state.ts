import { type Era, FIRST_ERA } from "@coterie/versions";
import type { RoundAnswer } from "../src/collection/round-messages.ts";

/** What the protocol rests on; each can be taken away. */
export const RULES = [
  "allPrimariesVote",
  "everyOwnerIsSwept",
  "hintsComeHomeFirst",
  "oldErasAreRefused",
  "unchangedOnly",
  "votesComeBeforeSweeps",
  "ownSweepOnly",
  "theBehindDiscard",
  "readsHaveOneEra",
  "noRestartAfterTheVote",
  "copiesAreRenewedFromTheRow",
] as const;

export type Rule = (typeof RULES)[number];

// A version set of one key as two sets of dots, in bits: those seen, and those present.
export const OLD = 1;
const TOMBSTONE = 2;
export const NEW = 4;

export interface Row {
  readonly seen: number;
  readonly present: number;
}

export const NOTHING: Row = { seen: 0, present: 0 };
const WRITTEN: Row = { seen: OLD, present: OLD };
export const DELETED: Row = { seen: OLD | TOMBSTONE, present: TOMBSTONE };

export function merge(a: Row, b: Row): Row {
  const present = (a.present & b.present) | (a.present & ~b.seen) | (b.present & ~a.seen);
  return { seen: a.seen | b.seen, present };
}

export function subsumes(a: Row, b: Row): boolean {
  const merged = merge(a, b);
  return merged.seen === a.seen && merged.present === a.present;
}

export interface Replica {
  /** Counts its processes. */
  readonly start: number;
  readonly row: Row;
  readonly other: boolean;
  readonly era: Era;
  readonly round: number;
}

export interface Copy {
  readonly to: Primary;
  readonly row: Row;
  readonly other: boolean;
  readonly era: Era;
}

export type Primary = "a" | "b";
export type Owner = Primary | "c";

export interface State {
  readonly a: Replica;
  readonly b: Replica;
  /** The fallback: its hint, and its era. */
  readonly c: { readonly hint: Copy | null; readonly era: Era };
  readonly copies: readonly Copy[];
  /** Of the round: the answers so far, in order; undefined: it has not begun. */
  readonly answers: readonly (readonly [Owner, RoundAnswer, number])[] | null;
  /** A read that has heard the fallback and not yet the primaries. */
  readonly reading: { readonly row: Row; readonly era: Era; readonly own: Era } | null;
  readonly left: { write: number; restore: number; read: number; delete: number; sync: number };
  readonly isWritten: boolean;
  readonly fault: string | null;
}

const FRESH = { start: 1, era: FIRST_ERA, round: 0 };

/**
 * Both primaries have the old value; the fallback keeps it as a hint for b, with a write to another key that only
 * the hint has; one copy of the old value is on its way to b and was forgotten there.
 */
export const NONE = { write: 0, restore: 0, read: 0, delete: 1, sync: 0 };

export const START: State = {
  a: { row: WRITTEN, other: false, ...FRESH },
  b: { row: WRITTEN, other: false, ...FRESH },
  c: { hint: { to: "b", row: WRITTEN, other: true, era: FIRST_ERA }, era: FIRST_ERA },
  copies: [{ to: "b", row: WRITTEN, other: false, era: FIRST_ERA }],
  answers: null,
  reading: null,
  left: NONE,
  isWritten: false,
  fault: null,
};

export function isDeleted({ seen, present }: Row): boolean {
  return seen === DELETED.seen && present === DELETED.present;
}
