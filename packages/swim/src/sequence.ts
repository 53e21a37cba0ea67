/** Numbers that tie answers to questions: 32 bits, from a random start, shared by all of a member's pings. */
export class Sequence {
  #last: number;

  constructor(start: number) {
    this.#last = start >>> 0;
  }

  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }
}
