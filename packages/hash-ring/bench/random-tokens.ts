import { type NodeId, xxh64 } from "@coterie/core";

const RING = 2 ** 32;
const TOKENS = 128;

/**
 * What the Dynamo paper calls strategy 1 and the benchmark measures against: every node puts random
 * tokens on the ring, the ranges between them are what is placed, and nothing bounds a load.
 */
export class RandomTokens {
  readonly #starts: Float64Array;
  readonly #lists: readonly (readonly NodeId[])[];

  constructor(ids: readonly NodeId[], replicas: number) {
    const tokens = ids.flatMap((id) =>
      Array.from({ length: TOKENS }, (_, i) => ({
        position: xxh64(new TextEncoder().encode(`${id} ${i}`)).high,
        id,
      })),
    );
    tokens.sort((a, b) => a.position - b.position);
    const copies = Math.min(replicas, ids.length);
    this.#starts = Float64Array.from(tokens, ({ position }) => position);
    this.#lists = tokens.map((_, at) => {
      const list: NodeId[] = [];
      for (let i = at; list.length < copies; i++) {
        const { id } = tokens[i % tokens.length]!;
        if (!list.includes(id)) list.push(id);
      }
      return list;
    });
  }

  /** The nodes for a place on the ring: those of the next token clockwise. */
  primaries(position: number): readonly NodeId[] {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return this.#lists[low % this.#lists.length]!;
  }

  /** The largest part of the hash space that a node holds, over the mean. */
  imbalance(): number {
    const loads = new Map<NodeId, number>();
    eachArc([this.#starts], (start, length) => {
      for (const id of this.primaries(start)) loads.set(id, (loads.get(id) ?? 0) + length);
    });
    const held = [...loads.values()];
    return (Math.max(...held) * held.length) / held.reduce((sum, load) => sum + load, 0);
  }

  /** What moves when this ring becomes `after`, over the least that gives each node its new load. */
  movement(after: RandomTokens): number {
    const growth = new Map<NodeId, number>();
    let moved = 0;
    eachArc([this.#starts, after.#starts], (start, length) => {
      const [held, holds] = [this.primaries(start), after.primaries(start)];
      for (const id of held) growth.set(id, (growth.get(id) ?? 0) - length);
      for (const id of holds) {
        growth.set(id, (growth.get(id) ?? 0) + length);
        if (!held.includes(id)) moved += length;
      }
    });
    return moved / [...growth.values()].reduce((sum, change) => sum + Math.max(0, change), 0);
  }
}

/** Calls back for each range in which no token of any of the rings lies, with a place inside it. */
function eachArc(
  rings: readonly Float64Array[],
  visit: (place: number, length: number) => void,
): void {
  const edges = Float64Array.from(new Set(rings.flatMap((starts) => [...starts]))).sort();
  edges.forEach((edge, i) => {
    const before = i === 0 ? edges.at(-1)! - RING : edges[i - 1]!;
    visit(edge, edge - before);
  });
}
