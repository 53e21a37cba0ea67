import { below, type NodeId, type Random, shuffle } from "@coterie/core";

/**
 * Whom to probe next [SWIM §4.3]: round robin over a shuffled list, shuffled again after each pass, so
 * that every member is probed within 2n - 1 periods and nobody can tell when. Newcomers enter at a
 * random place of what is left. Who no longer lives is skipped, and dropped at the end of the pass.
 */
export class ProbeOrder {
  readonly #random: Random;
  readonly #present = new Set<NodeId>();
  #list: NodeId[] = [];
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(id: NodeId): void {
    if (this.#present.has(id)) return;
    this.#present.add(id);
    const list = this.#list;
    const place = this.#at + below(this.#random, list.length - this.#at + 1);
    list.push(id);
    list[list.length - 1] = list[place]!;
    list[place] = id;
  }

  /** The next living member, or undefined when there is none. */
  next(lives: (id: NodeId) => boolean): NodeId | undefined {
    for (let pass = 0; pass < 2; pass++) {
      while (this.#at < this.#list.length) {
        const id = this.#list[this.#at++]!;
        if (lives(id)) return id;
      }
      this.#list = this.#list.filter(lives);
      this.#present.clear();
      for (const id of this.#list) this.#present.add(id);
      shuffle(this.#random, this.#list);
      this.#at = 0;
    }
    return undefined;
  }
}
