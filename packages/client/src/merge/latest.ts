import type { MergeFunction } from "../core/index.ts";
import { canonical } from "./canonical.ts";

/**
 * The value with the greater `at`, a number or text that the application keeps in the value itself; ties
 * go by the canonical text of the values. The other value is lost, as with `"lww"`, and the application's
 * clock decides. Commutative, associative, idempotent.
 */
export function latestBy<T>(at: (value: T) => number | string): MergeFunction<T> {
  return (a, b) => {
    const [x, y] = [at(a), at(b)];
    if (x !== y) return x > y ? a : b;
    return canonical(a) >= canonical(b) ? a : b;
  };
}
