import { compareDots } from "@coterie/vector-clock";
import type { Version } from "./version.ts";

/**
 * A retry that reaches a coordinator which never saw the first attempt is minted again: one operation
 * under two dots. Of these the lowest speaks and the others follow it as `twins`.
 *
 * They follow; they are not dropped. Say d1 and d2 are one operation and e replaced d1 where only d1
 * was known. Had d2 been dropped as a double of d1, then (d1 ∪ d2) ∪ e would give {e}, as e covers
 * d1; but d1 ∪ e is {e}, and nothing in it tells that d2, merged later, is a double of what is gone:
 * {d2, e}. Replicas that merge in different orders would differ. With twins kept, each dot is
 * present or gone on its own, as in any dotted version vector set, and collapsing only groups.
 */
export function collapseTwins(flat: readonly Version[]): readonly Version[] {
  if (isWithoutTwins(flat)) return flat;
  const first = new Map<string, number>();
  const collapsed: Version[] = [];
  for (const version of flat) {
    const at = first.get(version.operationId);
    if (at === undefined) {
      first.set(version.operationId, collapsed.length);
      collapsed.push(version);
    } else {
      const speaker = collapsed[at]!;
      collapsed[at] = { ...speaker, twins: [...(speaker.twins ?? []), version] };
    }
  }
  flatOf.set(collapsed, flat);
  return collapsed;
}

/** What was collapsed is soon spread again: a row that is read is merged next. */
const flatOf = new WeakMap<readonly Version[], readonly Version[]>();

/** Rows have few siblings, and of those hardly ever two of one operation: a map for each row read is dear. */
function isWithoutTwins(flat: readonly Version[]): boolean {
  if (flat.length > 16)
    return new Set(flat.map((version) => version.operationId)).size === flat.length;
  for (let i = 1; i < flat.length; i++) {
    for (let j = 0; j < i; j++) if (flat[i]!.operationId === flat[j]!.operationId) return false;
  }
  return true;
}

/** The inverse of `collapseTwins`: every dot's version on its own, ascending by dot. */
export function spreadTwins(siblings: readonly Version[]): readonly Version[] {
  if (siblings.every((version) => version.twins === undefined)) return siblings;
  const known = flatOf.get(siblings);
  if (known !== undefined) return known;
  const flat: Version[] = [];
  for (const { twins, ...version } of siblings) flat.push(version, ...(twins ?? []));
  return flat.sort((a, b) => compareDots(a.dot, b.dot));
}
