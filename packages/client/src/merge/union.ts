import type { MergeFunction } from "../core/index.ts";
import { canonical } from "./canonical.ts";

/** A `MergeFunction` of lists, whether the bucket's values are readonly or not. */
export type ListMerge<I> = (a: readonly I[], b: readonly I[]) => I[];

/**
 * The items of both, each once, in canonical order: what equal items look like as JSON tells whether they
 * are the same. Nothing that either side added is lost, and what one side took out comes back when the
 * other still has it: the Dynamo paper's shopping cart (§4.4). Commutative, associative, idempotent.
 */
export function union<I>(): ListMerge<I> {
  return (a, b) => itemsOf([...a, ...b], canonical, (item) => item);
}

/**
 * As `union`, for items with an identity: of two with the same `id`, the one that `merge` makes of them is
 * kept; by default the greater in canonical order, which is arbitrary and the same everywhere.
 * Commutative, associative and idempotent when `merge` is.
 */
export function unionBy<I>(
  id: (item: I) => string,
  merge: MergeFunction<I> = greater,
): ListMerge<I> {
  return (a, b) => itemsOf([...a, ...b], id, merge);
}

function itemsOf<I>(items: readonly I[], id: (item: I) => string, merge: MergeFunction<I>): I[] {
  const byId = new Map<string, I>();
  for (const item of items) {
    const name = id(item);
    const known = byId.get(name);
    byId.set(name, known === undefined ? item : merge(known, item));
  }
  return [...byId].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}

function greater<I>(a: I, b: I): I {
  return canonical(a) >= canonical(b) ? a : b;
}
