import { AssertionError } from "./assert.ts";

/** Chance as a port: the same seed gives the same run. */
export interface Random {
  /** Uniform over 0 … 2^32 - 1. */
  uint32(): number;
}

/** Uniform over [0, 1), with 32 bits of precision. */
export function fraction(random: Random): number {
  return random.uint32() / 0x1_0000_0000;
}

/** Uniform over the integers 0 … `bound` - 1; `bound` is at most 2^32. Without modulo bias. */
export function below(random: Random, bound: number): number {
  // Not by `assert`, which would spell its message out for every draw.
  if (!(bound >= 1 && bound <= 0x1_0000_0000)) {
    throw new AssertionError(`no integer below ${bound}`);
  }
  const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
  for (;;) {
    const drawn = random.uint32();
    if (drawn < limit) return drawn % bound;
  }
}

/** `count` random bytes. */
export function randomBytes(random: Random, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i += 4) {
    const word = random.uint32();
    for (let j = i; j < Math.min(i + 4, count); j++) bytes[j] = word >>> (8 * (j - i));
  }
  return bytes;
}

/** One element of a non-empty list. */
export function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)]!;
}

/** Shuffles in place (Fisher and Yates) and returns the list. */
export function shuffle<T>(random: Random, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = below(random, i + 1);
    const held = list[i]!;
    list[i] = list[j]!;
    list[j] = held;
  }
  return list;
}

/** Reproducible chance: sfc32 (Doty-Humphrey, PractRand), seeded through SplitMix32. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is any integer; only its low 53 bits matter. */
  constructor(seed: number) {
    let state = (seed ^ Math.floor(seed / 0x1_0000_0000)) >>> 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let word = state ^ (state >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return word ^ (word >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const result = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    return result >>> 0;
  }

  /** An independent stream, so that one part drawing more does not shift what another part draws. */
  fork(): SeededRandom {
    return new SeededRandom(this.uint32() * 0x20_0000 + (this.uint32() >>> 11));
  }
}
