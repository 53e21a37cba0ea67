import { fraction, type Random } from "@coterie/core";

/** How messages fare between members that can reach each other. */
export interface NetworkFaults {
  /** Share of messages lost, 0 to 1. */
  readonly loss: number;
  /** Share of messages that arrive twice. */
  readonly duplication: number;
  /** Each takes a random time between the two: anything sent within their difference may be reordered. */
  readonly delayMs: readonly [number, number];
  /** Share of messages that take up to `stragglerMs` longer. */
  readonly stragglers: number;
  readonly stragglerMs: number;
}

export const healthyNetwork: NetworkFaults = {
  loss: 0,
  duplication: 0,
  delayMs: [0.5, 2],
  stragglers: 0,
  stragglerMs: 1_000,
};

/** Decides what becomes of each message: when it arrives, twice or never. */
export class SimulatedNetwork {
  faults: NetworkFaults;
  readonly #random: Random;
  /** The group of each address while the network is partitioned; those unnamed are in group 0. */
  readonly #groups = new Map<string, number>();
  readonly #cuts = new Map<string, Set<string>>();

  constructor(faults: NetworkFaults, random: Random) {
    this.faults = faults;
    this.#random = random;
  }

  /** Only members of one group reach each other; whoever is not named forms one more group. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups.clear();
    groups.forEach((group, i) => {
      for (const address of group) this.#groups.set(address, i + 1);
    });
  }

  /** Nothing that `from` sends reaches `to`; the other direction is left alone. */
  cut(from: string, to: string): void {
    const cut = this.#cuts.get(from) ?? new Set();
    this.#cuts.set(from, cut.add(to));
  }

  /** Undoes every partition and cut. */
  heal(): void {
    this.#groups.clear();
    this.#cuts.clear();
  }

  /** Delays of the copies that arrive: none, one or two. */
  deliveries(from: string, to: string): number[] {
    const { loss, duplication } = this.faults;
    if (this.#groups.get(from) !== this.#groups.get(to)) return [];
    if (this.#cuts.get(from)?.has(to)) return [];
    if (loss > 0 && fraction(this.#random) < loss) return [];
    const twice = duplication > 0 && fraction(this.#random) < duplication;
    return twice ? [this.#delayMs(), this.#delayMs()] : [this.#delayMs()];
  }

  #delayMs(): number {
    const { delayMs, stragglers, stragglerMs } = this.faults;
    const base = delayMs[0] + fraction(this.#random) * (delayMs[1] - delayMs[0]);
    const late = stragglers > 0 && fraction(this.#random) < stragglers;
    return late ? base + fraction(this.#random) * stragglerMs : base;
  }
}
