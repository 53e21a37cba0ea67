import { below, fraction, type NodeId, pick, type SeededRandom, shuffle } from "@coterie/core";
import type { Harm, HarmKind } from "./fault.ts";
import type { FaultMoment } from "./fault-schedule.ts";

export interface FaultPlanOptions {
  readonly random: SeededRandom;
  /** The first of them founded the cluster: it never loses its disk. */
  readonly nodes: readonly NodeId[];
  readonly clients: number;
  /** Those allowed; each plan draws its own subset and intensity of them (Groce et al. 2012, swarm testing). */
  readonly allowed: readonly HarmKind[];
}

/**
 * The harm of one run, drawn from chance alone and never from what the run does, so that a schedule is
 * plain data.
 */
export class FaultPlan {
  readonly kinds: readonly HarmKind[];
  readonly meanGapMs: number;
  readonly #random: SeededRandom;
  readonly #nodes: readonly NodeId[];
  readonly #clients: number;
  #atMs = 0;

  constructor({ random, nodes, clients, allowed }: FaultPlanOptions) {
    this.#random = random;
    this.#nodes = nodes;
    this.#clients = clients;
    const some = shuffle(random, [...allowed]);
    this.kinds = some.slice(0, allowed.length === 0 ? 0 : 1 + below(random, some.length));
    this.meanGapMs = 25 * 2 ** below(random, 7);
  }

  /** The next fault in time; undefined: there is none. */
  next(): FaultMoment | undefined {
    if (this.kinds.length === 0) return undefined;
    this.#atMs += -Math.log(1 - fraction(this.#random)) * this.meanGapMs;
    const fault = this.#draw(pick(this.#random, this.kinds));
    return { atMs: this.#atMs, fault };
  }

  #draw(kind: HarmKind): Harm {
    const random = this.#random;
    const [node, other] = this.#two();
    const forMs = this.#duration();
    switch (kind) {
      case "crash":
        return {
          kind,
          node,
          power: below(random, 4) === 0,
          atCall: 1 + below(random, 12),
          awaits: below(random, 3) === 0 ? 0 : below(random, 12),
          downMs: forMs,
        };
      case "pause":
        return { kind, node, forMs };
      case "partition": {
        const nodes = shuffle(random, [...this.#nodes]);
        const cut = 1 + below(random, nodes.length - 1);
        return { kind, some: nodes.slice(0, cut), others: nodes.slice(cut), forMs };
      }
      case "oneWay":
        return { kind, from: node, to: other, forMs };
      case "reset":
      case "hang":
        return { kind, from: node, to: other };
      case "slowNetwork":
        return { kind, node, delayMs: 20 + below(random, 600), forMs };
      case "slowDisk":
        return { kind, node, commitMs: 50 + below(random, 500), forMs };
      case "diskError":
        return { kind, nodes: this.#some(node) };
      case "diskFull":
        return { kind, nodes: this.#some(node), forMs };
      case "clockJump":
        return { kind, node, byMs: below(random, 60_000) - 30_000 };
      case "clockDrift":
        return { kind, node, rate: 0.9 + fraction(random) / 5 };
      case "wipe":
        return {
          kind,
          node: pick(random, this.#nodes.slice(1)),
          downMs: forMs,
          againMs: this.#duration(),
        };
      case "restore":
        return { kind, node, ageMs: this.#duration(), downMs: forMs, againMs: this.#duration() };
      case "rot":
        return {
          kind,
          node,
          rows: Array.from({ length: 1 + below(random, 4) }, () => below(random, 1_000)),
        };
      case "clientVanish":
        return { kind, client: below(random, this.#clients) };
    }
  }

  /** Mostly one; else any number of them, so that now and then it is just the primaries of a key. */
  #some(node: NodeId): readonly NodeId[] {
    const random = this.#random;
    if (below(random, 3) > 0) return [node];
    return shuffle(random, [...this.#nodes]).slice(0, 2 + below(random, this.#nodes.length - 1));
  }

  #two(): [NodeId, NodeId] {
    const [node, other] = shuffle(this.#random, [...this.#nodes]);
    return [node!, other ?? node!];
  }

  /** Mostly short, now and then seconds. */
  #duration(): number {
    return 20 * 2 ** below(this.#random, 9);
  }
}
