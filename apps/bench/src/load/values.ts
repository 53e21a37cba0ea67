import { randomBytes, SeededRandom, systemRandom } from "@coterie/core";

const POOL = 64;

/**
 * Values that do not compress, drawn once: making them must not be what is measured. Other ones in each run, whatever its seed: a
 * store may leave a row alone that is written over with what stands there (SQLite does), and would have nothing to do.
 */
export class Values {
  readonly #pool: readonly Uint8Array[];
  #next = 0;

  constructor(bytes: number) {
    const random = new SeededRandom(systemRandom.uint32());
    this.#pool = Array.from({ length: POOL }, () => randomBytes(random, bytes));
  }

  next(): Uint8Array {
    return this.#pool[this.#next++ % POOL]!;
  }
}
