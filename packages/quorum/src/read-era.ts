import { commonEra, type Era, FIRST_ERA } from "@coterie/versions";

/**
 * Under which era a read's replies stand together. A replica that has collected knows nothing of what is
 * gone, and beside an older copy its silence reads as "has missed it": the one must not be merged with the
 * other, or a read would bring back what was deleted. Pure.
 */
export class ReadEra {
  #era: Era | undefined;
  #floor: number;

  /** `floor`: a collection that the reader knows of; older replies are none. */
  constructor(floor = 0) {
    this.#floor = floor;
  }

  /** The last collection that any reply knew of. */
  get floor(): number {
    return this.#floor;
  }

  /** Of what was put together so far; undefined: nothing was, or nothing was ever collected. */
  get era(): Era | undefined {
    return this.#era === undefined || this.#era.swept === 0 ? undefined : this.#era;
  }

  /** `old`: the reply is from before a collection. `fresh`: what was put together before it is. */
  add(era: Era = FIRST_ERA): "fits" | "old" | "fresh" {
    if (era.swept < this.#floor) return "old";
    this.#floor = Math.max(this.#floor, era.collected);
    const common = this.#era === undefined ? era : commonEra(this.#era, era);
    if (common.swept < this.#floor) return "fresh";
    this.#era = common;
    return "fits";
  }
}
