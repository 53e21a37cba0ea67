import type { Random } from "./random.ts";

// See system-clock.ts for why this is declared here.
declare const crypto: { getRandomValues(words: Uint32Array): Uint32Array };

const pool = new Uint32Array(1024);
let used = pool.length;

/** Cryptographic chance of the machine, drawn in bulk. */
export const systemRandom: Random = {
  uint32() {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    return pool[used++]!;
  },
};
