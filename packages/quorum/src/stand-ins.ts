import type { NodeId } from "@coterie/core";

/**
 * Which fallback stands in for which primary in one sloppy write (Dynamo §4.6). Pure. A fallback stands
 * in once; a primary whose fallback failed gets the next one.
 */
export class StandIns {
  readonly #fallbacks: readonly NodeId[];
  readonly #standing: { readonly fallback: NodeId; readonly primary: NodeId }[] = [];

  /** `fallbacks` in the order of preference; none for a strict write. */
  constructor(fallbacks: readonly NodeId[]) {
    this.#fallbacks = fallbacks;
  }

  /** The next fallback for `primary`; undefined when there is none left. */
  take(primary: NodeId, isDown: (node: NodeId) => boolean): NodeId | undefined {
    const fallback = this.#fallbacks.find(
      (node) => this.#standing.every((other) => other.fallback !== node) && !isDown(node),
    );
    if (fallback !== undefined) this.#standing.push({ fallback, primary });
    return fallback;
  }

  /** Whether some fallback was ever asked in place of `primary`. */
  has(primary: NodeId): boolean {
    return this.#standing.some((other) => other.primary === primary);
  }
}
