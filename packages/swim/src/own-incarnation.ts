/**
 * This member's own incarnation, which must be durable before anyone hears of it: a restarted member
 * that reused one would have its records dropped as old, or mistaken for those of its earlier life.
 *
 * Numbers are made durable `reserve` ahead, so that a refutation does not wait for a disk. The next
 * start begins above what was stored, whether it was used or not.
 */
export class OwnIncarnation {
  readonly #reserve: number;
  #current = 0;
  #wanted: number;
  #durable: number;
  #asked: number;

  /** `stored` is what an earlier life made durable, 0 for none. */
  constructor(stored: number, reserve: number) {
    this.#reserve = reserve;
    this.#durable = stored;
    this.#asked = stored;
    this.#wanted = stored + 1;
  }

  /** 0 until the first one is durable. */
  get current(): number {
    return this.#current;
  }

  /** Aims at `incarnation` at least; `current` follows at once, or when enough is durable. */
  raise(incarnation: number): void {
    this.#wanted = Math.max(this.#wanted, incarnation);
    if (this.#wanted <= this.#durable) this.#current = this.#wanted;
  }

  /** Aims one above whatever was aimed at last. */
  raiseByOne(): void {
    this.raise(this.#wanted + 1);
  }

  /** The number that must now be stored, told once; undefined when enough is stored or asked for. */
  toPersist(): number | undefined {
    if (this.#asked >= this.#wanted + Math.floor(this.#reserve / 2)) return undefined;
    this.#asked = this.#wanted + this.#reserve;
    return this.#asked;
  }

  /** `incarnation` is now durable. */
  persisted(incarnation: number): void {
    this.#durable = Math.max(this.#durable, incarnation);
    this.raise(this.#wanted);
  }
}
