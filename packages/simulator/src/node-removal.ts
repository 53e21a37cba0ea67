import { pick, type SeededRandom } from "@coterie/core";
import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import { mayLose, noteLoss } from "./loss-budget.ts";
import type { RingFault } from "./ring-fault.ts";
import { OWNERS_MIN, type RingOrder } from "./ring-order.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** Orders at a node, and what it says; undefined: it does not run. */
interface Orders {
  order(node: SimulatedNode, change: RingOrder): Promise<string | undefined>;
  amend(node: SimulatedNode, order: Order): Promise<string | undefined>;
}

export interface NodeRemovalParts {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
  readonly operators: Orders;
  readonly isPromised: (operationId: string) => boolean;
  readonly fault: Extract<RingFault, { wiped: boolean }>;
  readonly node: SimulatedNode;
  /** False: everything heals, nobody else is given up. */
  readonly isActive: () => boolean;
  readonly onGivenUp: () => void;
}

/** Between two orders, and between two looks at what became of one. */
const AGAIN_MS = 500;
const ANSWER_MS = 10_000;
/** So often it is asked whether the budget of losses is whole. */
const LOSS_TRIES = 8;
/** So many orders another change may refuse before it is taken back: it may wait for the one that is gone. */
const PATIENCE = 6;

/**
 * One node's end: it is killed within the budget of losses, its operator has it replaced or removed and goes on
 * until it is, in a share of the cases it is started once more and refused, and another takes its place.
 */
export class NodeRemoval {
  readonly #parts: NodeRemovalParts;

  constructor(parts: NodeRemovalParts) {
    this.#parts = parts;
  }

  /** The node is there, and enough others are for N. */
  isPossible(): boolean {
    const { cluster, node } = this.#parts;
    return node.isRunning && !cluster.gone.has(node) && cluster.nodes.length > OWNERS_MIN;
  }

  async run(): Promise<void> {
    const { cluster, node, fault, onGivenUp } = this.#parts;
    for (let tries = 1; !(await this.#mayLose()); tries++) {
      if (tries === LOSS_TRIES) return;
      await this.#parts.world.sleep(AGAIN_MS);
    }
    node.crash();
    if (fault.wiped) node.wipe();
    noteLoss(cluster, node);
    cluster.gone.add(node);
    onGivenUp();
    // Members forget who owned nothing and is long dead: then there is nothing to remove.
    const isRefused = await this.#remove();
    cluster.released.add(node);
    if (isRefused && !fault.wiped) await this.#startInVain();
    cluster.renew(node);
  }

  async #mayLose(): Promise<boolean> {
    const { cluster, node, isPromised, isActive } = this.#parts;
    return (await mayLose(cluster, node, isPromised)) && isActive() && this.isPossible();
  }

  /** Whether its id is refused from now on; else no node knows it any more. */
  async #remove(): Promise<boolean> {
    const { cluster, node, fault, random } = this.#parts;
    const ignorant = new Set<SimulatedNode>();
    for (let tries = 1; ; tries++) {
      await this.#parts.world.sleep(AGAIN_MS);
      if (cluster.isRemoved(node)) return true;
      const running = cluster.nodes.filter((each) => each.node?.register !== undefined);
      if (running.length === 0) continue;
      const meant = cluster.at(fault.at);
      const knowing = running.filter((each) => !ignorant.has(each));
      // One that is down may know it still.
      if (cluster.nodes.every((each) => each === node || ignorant.has(each))) return false;
      if (knowing.length === 0) continue;
      const asked = tries === 1 && running.includes(meant) ? meant : pick(random, knowing);
      const heard = await Promise.race([
        this.#order(asked, tries),
        this.#parts.world.sleep(ANSWER_MS),
      ]);
      if (heard?.includes(`knows no ${node.id}:`)) ignorant.add(asked);
    }
  }

  async #order(asked: SimulatedNode, tries: number): Promise<string | undefined> {
    const { cluster, node, operators } = this.#parts;
    const { change } = cluster.ring.record;
    if (change === undefined) return operators.order(asked, this.#change());
    const isOurs = change.nodes.includes(node.id) && /replace|remove/.test(change.kind);
    if (isOurs || tries % PATIENCE > 0) return undefined;
    return operators.amend(asked, Order.ABORT);
  }

  #change(): RingOrder {
    const { cluster, node, fault, random } = this.#parts;
    const { owners, removed } = cluster.ring.record;
    const owns = (id: string): boolean => owners.some((owner) => owner.id === id);
    const spares = cluster.nodes.filter(
      ({ id, isRunning }) => isRunning && !owns(id) && !removed.includes(id),
    );
    const isNeeded = owners.length <= OWNERS_MIN || fault.kind === "ringReplace";
    if (owns(node.id) && spares.length > 0 && isNeeded) {
      return { case: "replace", value: { old: node.id, by: pick(random, spares).id } };
    }
    return { case: "remove", value: { nodes: [node.id] } };
  }

  /** Its directory is as it was: it is to find that nobody has it, and to serve nobody. */
  async #startInVain(): Promise<void> {
    const { cluster, node, fault } = this.#parts;
    void node.start().catch(() => {});
    await this.#parts.world.sleep(fault.againMs);
    if (node.isRunning) node.crash();
    cluster.watch.lose(node.id);
  }
}
