import { assert } from "@coterie/core";
import { compareDots, type Dot } from "./dot.ts";
import { IntervalClock } from "./interval-clock.ts";

/**
 * A dotted version vector set (Almeida et al. 2014): concurrent values, each under its own dot, and
 * the exact set of dots ever seen for the key. Immutable.
 *
 * Invariants: (1) siblings ascend by dot, no dot twice; (2) the context contains the dot of each.
 * Per dot a set says one of: not seen < present < gone. Merging takes the later of the two.
 */
export interface SiblingSet<V extends { readonly dot: Dot }> {
  readonly context: IntervalClock;
  readonly siblings: readonly V[];
}

/** Nothing was ever seen. */
export const EMPTY_SET: SiblingSet<never> = { context: IntervalClock.EMPTY, siblings: [] };

/**
 * A sibling survives when both sets hold it, or when one does and the other has never seen its dot.
 * Commutative, associative, idempotent. Returns `a` itself when `b` changes nothing in it, so that a
 * store can tell that there is nothing to write.
 */
export function mergeSiblings<V extends { readonly dot: Dot }>(
  a: SiblingSet<V>,
  b: SiblingSet<V>,
): SiblingSet<V> {
  if (a === b) return a;
  const merged: V[] = [];
  let unchanged = true;
  let i = 0;
  let j = 0;
  while (i < a.siblings.length || j < b.siblings.length) {
    const left = a.siblings[i];
    const right = b.siblings[j];
    const order =
      left === undefined ? 1 : right === undefined ? -1 : compareDots(left.dot, right.dot);
    if (order === 0) {
      merged.push(left!);
      i++;
      j++;
    } else if (order < 0) {
      if (b.context.contains(left!.dot)) unchanged = false;
      else merged.push(left!);
      i++;
    } else {
      if (!a.context.contains(right!.dot)) {
        merged.push(right!);
        unchanged = false;
      }
      j++;
    }
  }
  const context = a.context.join(b.context);
  return unchanged && context === a.context ? a : { context, siblings: merged };
}

/** Drops the siblings that `seen` covers; the context stays. Itself when it covers none. */
export function replaceSeen<V extends { readonly dot: Dot }>(
  set: SiblingSet<V>,
  seen: IntervalClock,
): SiblingSet<V> {
  const siblings = set.siblings.filter((sibling) => !seen.contains(sibling.dot));
  return siblings.length === set.siblings.length ? set : { context: set.context, siblings };
}

/** What a put knows beside the row: see `putSibling`. */
export interface PutBasis {
  /** The context of the read that the put is based on; empty for a blind put. */
  readonly seen: IntervalClock;
  /**
   * The counter of the last dot that the sibling's actor minted for this very key, provided that
   * this row has held it ever since: undefined after a restart, a dropped row or a failed commit.
   */
  readonly ownedTo: number | undefined;
}

/**
 * A new value: it replaces what its writer has seen and nothing else.
 *
 * The actor counts over all its keys, so its counters of one key have gaps. While the row has held
 * the actor's latest dot of this key without a break, nothing of this key can lie in the gap, and the
 * interval is extended over it: clocks stay at one interval for an actor. Otherwise something may
 * (sent, then never committed here), and the dot opens an interval of its own; claiming the gap
 * would erase that write wherever it is.
 *
 * `context` is for the writer: what it had seen and its own dot, never a sibling it has not seen.
 */
export function putSibling<V extends { readonly dot: Dot }>(
  set: SiblingSet<V>,
  sibling: V,
  { seen, ownedTo }: PutBasis,
): { readonly set: SiblingSet<V>; readonly context: IntervalClock } {
  const { dot } = sibling;
  const { actor, counter } = dot;
  assert(
    !set.context.contains(dot) && !seen.contains(dot),
    "the dot of a new write is already covered: the write would be lost",
  );
  const unbroken =
    ownedTo !== undefined && set.context.lastOf(actor) === ownedTo && seen.lastOf(actor) <= ownedTo;
  const withDot = (clock: IntervalClock): IntervalClock =>
    unbroken && clock.contains({ actor, counter: ownedTo })
      ? clock.extend(actor, ownedTo, counter)
      : clock.add(dot);

  const kept = replaceSeen(set, seen).siblings;
  return {
    set: { context: withDot(set.context.join(seen)), siblings: withSibling(kept, sibling) },
    context: withDot(seen),
  };
}

function withSibling<V extends { readonly dot: Dot }>(
  siblings: readonly V[],
  added: V,
): readonly V[] {
  if (siblings.length === 0) return [added];
  const above = siblings.findIndex((other) => compareDots(other.dot, added.dot) > 0);
  return siblings.toSpliced(above < 0 ? siblings.length : above, 0, added);
}
