import { type Random, randomBytes } from "@coterie/core";

const POOL = 64;

/** Values that do not compress, drawn once: making them must not be what is measured. */
export class Values {
  readonly #pool: readonly Uint8Array[];
  #next = 0;

  constructor(random: Random, bytes: number) {
    this.#pool = Array.from({ length: POOL }, () => randomBytes(random, bytes));
  }

  next(): Uint8Array {
    return this.#pool[this.#next++ % POOL]!;
  }
}
