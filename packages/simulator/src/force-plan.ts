import { below, fraction, type NodeId, type SeededRandom, shuffle } from "@coterie/core";
import type { FaultMoment, Plan } from "./fault-schedule.ts";

/** Some seconds, so that most of a run goes on with all of its owners. */
const MEAN_GAP_MS = 4_000;

/** When a majority of the owners stops for so long that the ring is forced: apart, so that other plans are as without it. */
export class ForcePlan implements Plan {
  readonly #random: SeededRandom;
  readonly #nodes: readonly NodeId[];
  #atMs = 0;

  constructor(random: SeededRandom, nodes: readonly NodeId[]) {
    this.#random = random;
    this.#nodes = nodes;
  }

  next(): FaultMoment {
    const random = this.#random;
    this.#atMs += -Math.log(1 - fraction(random)) * MEAN_GAP_MS;
    const nodes = shuffle(random, [...this.#nodes]);
    const power = below(random, 2) === 0;
    const downMs = 100 * 2 ** below(random, 6);
    return { atMs: this.#atMs, fault: { kind: "ringForce", nodes, power, downMs } };
  }
}
