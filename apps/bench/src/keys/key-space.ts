import { below, type Random } from "@coterie/core";
import type { Distribution } from "../workload.ts";
import { scramble } from "./scramble.ts";
import { Zipfian } from "./zipfian.ts";

export interface KeySpaceOptions {
  /** Keys that the load phase writes, by all processes. */
  readonly records: number;
  readonly distribution: Distribution;
  readonly skew: number;
  /** Of how many load processes this is which, from 0: no two insert one key. */
  readonly process: number;
  readonly processes: number;
}

/** YCSB draws hot keys from so many imagined ones and hashes them onto those there are. */
const IMAGINED = 10_000_000_000;
/** The sum of 1 / i^0.99 up to IMAGINED, as YCSB has it. */
const IMAGINED_ZETA = 26.469_028_201_783_02;
const IMAGINED_SKEW = 0.99;

/** The numbers of the keys: which to ask for, which to insert. Key k is written as `user` and k. */
export class KeySpace {
  readonly #options: KeySpaceOptions;
  readonly #ranks: Zipfian | undefined;
  readonly #imagined: boolean;
  /** Inserted and acknowledged, in that order. */
  readonly #inserted: number[] = [];
  #started = 0;

  constructor(options: KeySpaceOptions) {
    this.#options = options;
    const { records, distribution, skew } = options;
    this.#imagined = distribution === "zipfian" && skew === IMAGINED_SKEW;
    if (distribution === "uniform") return;
    this.#ranks = this.#imagined
      ? new Zipfian(IMAGINED, skew, IMAGINED_ZETA)
      : new Zipfian(records, skew);
  }

  /** A key to read or to update. */
  existing(random: Random): number {
    const { distribution, records } = this.#options;
    const count = records + this.#inserted.length;
    if (this.#ranks === undefined) return this.#at(below(random, count));
    if (!this.#imagined) this.#ranks.grow(count);
    const rank = this.#ranks.next(random);
    return this.#at(distribution === "latest" ? count - 1 - rank : scramble(rank, count));
  }

  /** The number of a key that nobody has written. */
  insert(): number {
    const { records, process, processes } = this.#options;
    return records + processes * this.#started++ + process;
  }

  /** From now on an inserted key may be asked for. */
  acknowledge(key: number): void {
    this.#inserted.push(key);
  }

  #at(index: number): number {
    const { records } = this.#options;
    return index < records ? index : this.#inserted[index - records]!;
  }
}
