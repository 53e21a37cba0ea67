import type { MergeFunction } from "../core/index.ts";

/**
 * A counter that counts right under conflicts: each writer adds to its own two sums alone, and the merge takes
 * the greater of each (the PN-counter of Shapiro et al. 2011). A writer is one process at a time: two that
 * share a name lose counts.
 */
export interface Counter {
  readonly [writer: string]: readonly [up: number, down: number];
}

/** Commutative, associative, idempotent: sums only grow, and the greater one has seen more. */
export const counter: MergeFunction<Counter> = (a, b) => {
  const merged: Record<string, readonly [number, number]> = { ...a };
  for (const [writer, [up, down]] of Object.entries(b)) {
    const [ours = 0, oursDown = 0] = a[writer] ?? [];
    merged[writer] = [Math.max(up, ours), Math.max(down, oursDown)];
  }
  return merged;
};

/** The counter with `amount` (negative: down) added by `writer`. */
export function count(counter: Counter | undefined, writer: string, amount: number): Counter {
  const [up, down] = counter?.[writer] ?? [0, 0];
  const sums: readonly [number, number] = amount >= 0 ? [up + amount, down] : [up, down - amount];
  return { ...counter, [writer]: sums };
}

/** What the counter stands at. */
export function total(counter: Counter | undefined): number {
  return Object.values(counter ?? {}).reduce((sum, [up, down]) => sum + up - down, 0);
}
