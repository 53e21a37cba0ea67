import { assert, type NodeId } from "@coterie/core";

/** One set, or several of which each must give a majority: `[old, new]` while both have a say. */
export type AcceptorSets = readonly (readonly NodeId[])[];

/** Who decides on the register. */
export interface Membership {
  /** 0 for the members at birth, one more with every change. */
  readonly version: number;
  /** Canonical: ids ascend in a set, sets in the list, each once. */
  readonly sets: AcceptorSets;
}

/** The members that a register is born with: every proposer must be given the same. */
export function founders(sets: AcceptorSets): Membership {
  return { version: 0, sets: canonicalSets(sets) };
}

/** The membership after a change to `sets`: the same one, if nothing changes. */
export function changeMembership(current: Membership, sets: AcceptorSets): Membership {
  const next = { version: current.version, sets: canonicalSets(sets) };
  return sameMembership(next, current) ? current : { ...next, version: current.version + 1 };
}

/** Two proposals may name different memberships of one version; only one of them is ever chosen. */
export function sameMembership(a: Membership, b: Membership): boolean {
  return a.version === b.version && JSON.stringify(a.sets) === JSON.stringify(b.sets);
}

function canonicalSets(sets: AcceptorSets): AcceptorSets {
  assert(sets.length > 0 && sets.every((set) => set.length > 0), "no set of acceptors is empty");
  const sorted = sets.map((set) => [...new Set(set)].sort());
  const distinct = new Map(sorted.map((set) => [JSON.stringify(set), set]));
  return [...distinct.keys()].sort().map((text) => distinct.get(text)!);
}
