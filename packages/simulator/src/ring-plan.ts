import { below, fraction, type NodeId, pick, type SeededRandom, shuffle } from "@coterie/core";
import type { FaultMoment, Plan } from "./fault-schedule.ts";
import type { RingFault, RingFaultKind } from "./ring-fault.ts";

export interface RingPlanOptions {
  readonly random: SeededRandom;
  /** The first of them founded the cluster: it is never given up. */
  readonly nodes: readonly NodeId[];
  readonly allowed: readonly RingFaultKind[];
}

/** For the others there is `ForcePlan`. */
type PlannedKind = Exclude<RingFaultKind, "ringForce">;

/** What operators do to the ring of one run: drawn, as harm is, from chance alone. Each plan has a pace of its own. */
export class RingPlan implements Plan {
  readonly meanGapMs: number;
  readonly #random: SeededRandom;
  readonly #nodes: readonly NodeId[];
  /** Changes are begun more often than they are stopped or cost a node. */
  readonly #kinds: readonly PlannedKind[];
  #atMs = 0;

  constructor({ random, nodes, allowed }: RingPlanOptions) {
    this.#random = random;
    this.#nodes = nodes;
    this.#kinds = allowed
      .filter((kind) => kind !== "ringForce")
      .flatMap((kind) => Array<PlannedKind>(SHARES[kind]).fill(kind));
    this.meanGapMs = 150 * 2 ** below(random, 5);
  }

  next(): FaultMoment | undefined {
    if (this.#kinds.length === 0) return undefined;
    this.#atMs += -Math.log(1 - fraction(this.#random)) * this.meanGapMs;
    return { atMs: this.#atMs, fault: this.#draw(pick(this.#random, this.#kinds)) };
  }

  #draw(kind: PlannedKind): RingFault {
    const random = this.#random;
    const shuffled = shuffle(random, [...this.#nodes]);
    const at = pick(random, this.#nodes);
    switch (kind) {
      case "ringMove":
        return { kind, nodes: shuffled.slice(0, 1 + below(random, 2)), at };
      case "ringRivals": {
        const rival = pick(random, this.#nodes);
        return { kind, nodes: [shuffled[0]!, shuffled.at(-1)!], at: [at, rival] };
      }
      case "ringWeight":
        return { kind, node: shuffled[0]!, weight: 1 + below(random, 3), at };
      case "ringPause":
        return { kind, at, forMs: 50 * 2 ** below(random, 7) };
      case "ringAbort":
        return { kind, at };
      case "ringReplace":
      case "ringRemove":
        return {
          kind,
          node: pick(random, this.#nodes.slice(1)),
          at,
          wiped: below(random, 2) === 0,
          againMs: 500 * 2 ** below(random, 6),
        };
    }
  }
}

const SHARES: Readonly<Record<PlannedKind, number>> = {
  ringMove: 8,
  ringRivals: 3,
  ringWeight: 3,
  ringPause: 2,
  ringAbort: 2,
  ringReplace: 4,
  ringRemove: 3,
};
