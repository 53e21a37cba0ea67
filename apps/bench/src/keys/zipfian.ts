import { fraction, type Random } from "@coterie/core";

/**
 * Draws ranks 0 … `count` - 1, rank i in proportion to 1 / (i + 1)^skew, in constant time (Gray et al. 1994,
 * "Quickly Generating Billion-Record Synthetic Databases", §3.2). The count may grow: what a larger one adds
 * to the sum is added alone.
 */
export class Zipfian {
  readonly #skew: number;
  readonly #alpha: number;
  readonly #zeta2: number;
  #count = 0;
  #zeta = 0;
  #eta = 0;

  /** `skew` is between 0 and 1, both excluded; YCSB's is 0.99. `zeta`: the sum for `count`, when it is known. */
  constructor(count: number, skew = 0.99, zeta?: number) {
    this.#skew = skew;
    this.#alpha = 1 / (1 - skew);
    this.#zeta2 = 1 + 0.5 ** skew;
    if (zeta === undefined) {
      this.grow(count);
    } else {
      this.#count = count;
      this.#zeta = zeta;
      this.#settle();
    }
  }

  grow(count: number): void {
    if (count <= this.#count) return;
    for (let i = this.#count + 1; i <= count; i++) this.#zeta += 1 / i ** this.#skew;
    this.#count = count;
    this.#settle();
  }

  next(random: Random): number {
    const drawn = fraction(random);
    const scaled = drawn * this.#zeta;
    if (scaled < 1) return 0;
    if (scaled < this.#zeta2) return Math.min(1, this.#count - 1);
    const rank = Math.floor(this.#count * (this.#eta * drawn - this.#eta + 1) ** this.#alpha);
    return Math.min(rank, this.#count - 1);
  }

  #settle(): void {
    this.#eta = (1 - (2 / this.#count) ** (1 - this.#skew)) / (1 - this.#zeta2 / this.#zeta);
  }
}
