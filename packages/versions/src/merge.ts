import { compareStamps, type HlcStamp, laterStamp, ZERO_STAMP } from "@coterie/hybrid-clock";
import { compareDots, EMPTY_SET, mergeSiblings } from "@coterie/vector-clock";
import { dropFollowed } from "./follows.ts";
import { collapseTwins, spreadTwins } from "./twins.ts";
import type { Mode, Version, VersionSet } from "./version.ts";

/** No version was ever seen. */
export const EMPTY_VERSIONS: VersionSet = EMPTY_SET;

/**
 * What two replicas hold together. Commutative, associative, idempotent, in both modes; `a` itself
 * when `b` adds nothing to it.
 *
 * - `siblings`: the merge of dotted version vector sets; siblings of one operation collapse to the
 *   one with the lowest dot, those that another sibling follows are gone, and the context covers them all.
 * - `lww`: the highest stamp wins, of equal stamps the higher dot, and the context covers all. Dots
 *   are not asked: a put's stamp is above those it has seen, so the order of stamps extends the
 *   causal one, and a maximum is a merge by itself.
 */
export function mergeVersions(mode: Mode, a: VersionSet, b: VersionSet): VersionSet {
  return mode === "lww" ? mergeLastWrite(a, b) : mergeAll(a, b);
}

function mergeAll(a: VersionSet, b: VersionSet): VersionSet {
  const flatA = spread(a);
  const merged = mergeSiblings(flatA, spread(b));
  return merged === flatA ? a : collapse(merged);
}

function mergeLastWrite(a: VersionSet, b: VersionSet): VersionSet {
  const context = a.context.join(b.context);
  const winner = lastWrite([...a.siblings, ...b.siblings]);
  if (context === a.context && a.siblings.length <= 1 && winner?.dot === a.siblings[0]?.dot)
    return a;
  return { context, siblings: winner === undefined ? [] : [winner] };
}

function lastWrite(siblings: readonly Version[]): Version | undefined {
  let winner: Version | undefined;
  for (const version of siblings) {
    if (winner === undefined || isLaterWrite(version, winner)) winner = version;
  }
  return winner;
}

function isLaterWrite(a: Version, b: Version): boolean {
  const order = compareStamps(a.stamp, b.stamp);
  return order !== 0 ? order > 0 : compareDots(a.dot, b.dot) > 0;
}

/** The set with each twin on its own: what the algebra of dots works on. */
export function spread(set: VersionSet): VersionSet {
  const siblings = spreadTwins(set.siblings);
  return siblings === set.siblings ? set : { context: set.context, siblings };
}

/** The inverse of `spread`, without what was written over by name (`dropFollowed`). */
export function collapse(flat: VersionSet): VersionSet {
  if (flat.siblings.length < 2) return flat;
  const siblings = collapseTwins(dropFollowed(flat.siblings));
  return siblings === flat.siblings ? flat : { context: flat.context, siblings };
}

/** The version that carries `operationId`: a retry replicates it again instead of minting. */
export function findOperation(set: VersionSet, operationId: string): Version | undefined {
  return set.siblings.find((version) => version.operationId === operationId);
}

/** The latest stamp in the set; `ZERO_STAMP` when it is empty. What a `lww` put must be above. */
export function highestStamp(set: VersionSet): HlcStamp {
  let highest = ZERO_STAMP;
  for (const { stamp, twins } of set.siblings) {
    highest = laterStamp(highest, stamp);
    for (const twin of twins ?? []) highest = laterStamp(highest, twin.stamp);
  }
  return highest;
}
