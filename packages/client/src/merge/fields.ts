import type { MergeFunction } from "../core/index.ts";

/** A merge for each field. */
export type FieldMerges<T> = { readonly [K in keyof T]-?: MergeFunction<Exclude<T[K], undefined>> };

/**
 * Merges objects field by field; a field that one side lacks is the other's. As commutative, associative
 * and idempotent as the merges it is made of.
 */
export function fields<T extends object>(merges: FieldMerges<T>): MergeFunction<T> {
  return (a, b) => {
    const merged: Partial<T> = {};
    for (const name of Object.keys(merges) as (keyof T)[]) {
      const [x, y] = [a[name], b[name]];
      if (x === undefined && y === undefined) continue;
      // Also where one side lacks it: a merge may bring a value to its own form, the same in every order.
      merged[name] = merges[name](
        (x === undefined ? y : x) as never,
        (y === undefined ? x : y) as never,
      );
    }
    return merged as T;
  };
}
