import type { MergeFunction } from "../core/index.ts";

/** The greater of two: for what only grows, such as a high-water mark. Commutative, associative, idempotent. */
export function max<T extends number | string>(): MergeFunction<T> {
  // biome-ignore lint/complexity/useMathMinMax: text is compared, too.
  return (a, b) => (a >= b ? a : b);
}

/** The lesser of two. Commutative, associative, idempotent. */
export function min<T extends number | string>(): MergeFunction<T> {
  // biome-ignore lint/complexity/useMathMinMax: text is compared, too.
  return (a, b) => (a <= b ? a : b);
}
