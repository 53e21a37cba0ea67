import { pick, type SeededRandom } from "@coterie/core";
import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import type { RingFault } from "./ring-fault.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** Orders at a node, and what it says; undefined: it does not run. */
interface Orders {
  amend(node: SimulatedNode, order: Order, gone: readonly string[]): Promise<string | undefined>;
}

export interface RingForcingParts {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
  readonly operators: Orders;
  readonly fault: Extract<RingFault, { kind: "ringForce" }>;
  /** False: everything heals, no majority is stopped any more. */
  readonly isActive: () => boolean;
  readonly onStopped: () => void;
}

/** Between two orders, and between two looks at what became of one. */
const AGAIN_MS = 500;
/** Between two looks whether the ring stands still, and no other disk is lost; and so many of them. */
const LOOK_MS = 50;
const LOOKS = 200;
const ANSWER_MS = 15_000;
const ANSWERS = "a majority of the owners answers";

/**
 * A majority of the owners stops at one moment. Their operator takes them for gone and forces the ring without
 * them; then they come back after all, with the disks that they had, so that nothing is lost: one after another, as
 * a majority that comes back together behind a cut would go on by the ring that was before. What the failure model
 * excludes is ruled out: when they stop the ring stands still, and no step of a change is known to them alone.
 */
export class RingForcing {
  readonly #parts: RingForcingParts;

  constructor(parts: RingForcingParts) {
    this.#parts = parts;
  }

  /** All nodes are there, and serve under one ring that does not change. */
  #isStill(): boolean {
    const { nodes } = this.#parts.cluster;
    const epochs = new Set(nodes.map(({ node }) => node?.ring?.record.epoch));
    if (epochs.size !== 1 || epochs.has(undefined)) return false;
    const { phase, change, owners } = this.#parts.cluster.ring.record;
    return phase === "stable" && change === undefined && owners.length > 2;
  }

  async run(): Promise<void> {
    const { cluster, fault, isActive, onStopped } = this.#parts;
    for (let looks = 1; !(this.#isStill() && (await cluster.isWhole()) && this.#isStill()); ) {
      if (looks++ === LOOKS || !isActive()) return;
      await this.#parts.world.sleep(LOOK_MS);
    }
    if (!isActive()) return;
    const stopped = this.#majority();
    const before = this.#generation();
    for (const node of stopped) {
      node.crash(fault.power);
      cluster.withheld.add(node);
    }
    onStopped();
    await this.#parts.world.sleep(fault.downMs);
    await this.#force(stopped, before);
    for (const node of stopped) {
      cluster.withheld.delete(node);
      cluster.bringUp(node);
      while (!this.#follows(node)) await this.#parts.world.sleep(AGAIN_MS);
    }
  }

  #majority(): SimulatedNode[] {
    const { cluster, fault } = this.#parts;
    const { owners } = cluster.ring.record;
    return fault.nodes
      .map((place) => cluster.at(place))
      .filter(({ id }) => owners.some((owner) => owner.id === id))
      .slice(0, Math.floor(owners.length / 2) + 1);
  }

  /** Until those who are left follow a register of their own. */
  async #force(stopped: readonly SimulatedNode[], before: number): Promise<void> {
    const { cluster, operators, random } = this.#parts;
    const gone = stopped.map(({ id }) => id);
    for (;;) {
      const running = cluster.nodes.filter(({ node }) => node?.register !== undefined);
      if (running.length > 0) {
        const order = operators.amend(pick(random, running), Order.FORCE, gone);
        const heard = await Promise.race([order, this.#parts.world.sleep(ANSWER_MS)]);
        const isDone = heard === "done" || heard?.startsWith(ANSWERS) === true;
        if (isDone && this.#generation() > before) return;
      }
      await this.#parts.world.sleep(AGAIN_MS);
    }
  }

  #follows(node: SimulatedNode): boolean {
    return this.#parts.cluster.gone.has(node) || generationOf(node) === this.#generation();
  }

  /** The newest that anybody follows. */
  #generation(): number {
    return Math.max(...this.#parts.cluster.nodes.map(generationOf));
  }
}

function generationOf({ node }: SimulatedNode): number {
  return node?.register?.generation ?? 0;
}
