import type { NodeId } from "@coterie/core";

/** Somebody whom a ring change waits for. */
export interface Blocker {
  readonly node: NodeId;
  /** In words, after the node's name: "it is still to copy 12 partitions". */
  readonly reason: string;
}

/** Gathers what blocks single partitions into one line for each node and reason. */
export class Blockers {
  readonly #partitions = new Map<NodeId, Map<string, Set<number>>>();

  add(node: NodeId, reason: string, { partition }: { readonly partition: number }): void {
    const reasons = this.#partitions.get(node) ?? new Map<string, Set<number>>();
    this.#partitions.set(node, reasons);
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(partition));
  }

  /** By node, ascending. */
  list(): readonly Blocker[] {
    return [...this.#partitions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([node, reasons]) =>
        [...reasons].map(([reason, { size }]) => ({
          node,
          reason: `${reason} ${size} partition${size === 1 ? "" : "s"}`,
        })),
      );
  }
}
