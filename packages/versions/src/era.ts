/**
 * How far a partition's collection rounds have come at one node (design §8), and, beside versions, under
 * which of them they were read or minted. It travels with everything that may end in a merge, so that what
 * was read before a collection can never be merged after it.
 */
export interface Era {
  /** The last round whose sweep this node has answered: what it reads and mints from then on is of that round. */
  readonly swept: number;
  /** The last round in which this node has deleted. It takes nothing that is older. */
  readonly collected: number;
}

/** Of a partition in which nothing was ever collected, and of versions of which nothing is known. */
export const FIRST_ERA: Era = { swept: 0, collected: 0 };

/** Of what was put together from parts of two eras: as old as the older part, and it knows of the later collection. */
export function commonEra(a: Era, b: Era): Era {
  if (a.swept === b.swept && a.collected === b.collected) return a;
  return {
    swept: Math.min(a.swept, b.swept),
    collected: Math.max(a.collected, b.collected),
  };
}

/** Whether versions of the era `theirs` may bring back what was collected in `ours`. */
export function isOutdated(theirs: Era, ours: Era): boolean {
  return theirs.swept < Math.max(ours.collected, theirs.collected);
}

/**
 * Whether a node of the era `ours` has missed a collection that `theirs` knows of: every owner answers a sweep
 * before anything is deleted, so its rows are an old copy, or it came later and has none.
 */
export function isBehind(ours: Era, theirs: Era): boolean {
  return ours.swept < theirs.collected;
}
