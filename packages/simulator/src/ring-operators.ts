import { create } from "@bufbuild/protobuf";
import { pick, randomBytes, type SeededRandom, toHex } from "@coterie/core";
import { isFailure, type StorageNode } from "@coterie/node";
import {
  AmendRingChangeRequestSchema,
  BeginRingChangeRequestSchema,
  Error_Code,
  AmendRingChangeRequest_Order as Order,
} from "@coterie/wire";
import { NodeRemoval } from "./node-removal.ts";
import type { ProtocolState } from "./protocol-state.ts";
import type { RingFault, RingFaultKind } from "./ring-fault.ts";
import { RingForcing } from "./ring-forcing.ts";
import { OWNERS_MIN, type RingOrder } from "./ring-order.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface RingOperatorsOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
  /** Whether a client was promised that this operation is kept. */
  readonly isPromised: (operationId: string) => boolean;
  readonly reach: (state: ProtocolState) => void;
}

type Told = Awaited<ReturnType<RingOperations["begin" | "amend"]>>;
type RingOperations = StorageNode["operators"]["rings"];

const PATIENCE_MS = 12_000;
/** For what was begun to come to its end once everything has healed. */
const END_MS = 300_000;

/**
 * Operators who change the ring and do not know of one another: they order, as `coterie ring` does, at whatever
 * node they happen to ask.
 */
export class RingOperators {
  readonly #world: World;
  readonly #cluster: SimulatedCluster;
  readonly #random: SeededRandom;
  readonly #options: RingOperatorsOptions;
  readonly #counts = new Map<RingFaultKind, number>();
  readonly #acting = new Set<Promise<unknown>>();
  readonly #endings = new Set<Promise<unknown>>();
  #active = true;
  /** One of them is about to force the ring, or has: until all are back nobody begins anything else. */
  #forcing = false;

  constructor(options: RingOperatorsOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#cluster = options.cluster;
    this.#random = options.random;
  }

  /** How often each was done. */
  get counts(): ReadonlyMap<RingFaultKind, number> {
    return this.#counts;
  }

  /** False when it does not fit at this moment. */
  play(fault: RingFault): boolean {
    const isPlayed = this.#play(fault);
    const isLater = ["ringReplace", "ringRemove", "ringForce"].includes(fault.kind);
    if (isPlayed && !isLater) this.#count(fault.kind);
    return isPlayed;
  }

  #play(fault: RingFault): boolean {
    if (this.#forcing) return false;
    const { change } = this.#knownRing() ?? {};
    switch (fault.kind) {
      case "ringMove":
        return this.#begin(fault.at, this.#moveOf(fault.nodes));
      case "ringRivals": {
        const [one, other] = fault.nodes.map((node) => this.#moveOf([node]));
        const [here, there] = fault.at;
        const begun = this.#begin(here, one);
        return this.#begin(there, other) || begun;
      }
      case "ringWeight": {
        const { id: node } = this.#cluster.at(fault.node);
        return this.#begin(fault.at, {
          case: "weigh",
          value: { node, weight: fault.weight },
        });
      }
      case "ringPause":
        if (change === undefined || change.paused) return false;
        this.#world.time.after(fault.forMs, () => {
          if (this.#active) void this.#resume();
        });
        return this.#amend(fault.at, Order.PAUSE);
      case "ringAbort":
        return change !== undefined && this.#amend(fault.at, Order.ABORT);
      case "ringReplace":
      case "ringRemove":
        return this.#giveUp(fault);
      case "ringForce":
        return this.#force(fault);
    }
  }

  /** No more orders but those that end what was begun: a change that is paused goes on, whoever is gone is removed, a ring is forced. */
  async stop(): Promise<void> {
    this.#active = false;
    // Orders of nodes that crashed are never answered.
    const patience = this.#world.sleep(PATIENCE_MS);
    await this.#world.until(Promise.race([Promise.all(this.#acting), patience]), 60_000);
    const endings = Promise.all(this.#endings).then(() => true);
    let isOver = false;
    void endings.then(() => {
      isOver = true;
    });
    const endMs = this.#world.time.monotonicMs() + END_MS;
    while (!isOver || this.#knownRing()?.change?.paused === true) {
      if (this.#world.time.monotonicMs() > endMs) return;
      await this.#world.run(1_000);
      await this.#world.until(this.#resume(), 60_000);
    }
  }

  /** Orders at a node that runs; what the node says of it. Undefined: it does not run. */
  async order(node: SimulatedNode, change: RingOrder): Promise<string | undefined> {
    const rings = node.node?.register === undefined ? undefined : node.node.operators.rings;
    if (rings === undefined) return undefined;
    const id = toHex(randomBytes(this.#random, 8));
    this.#world.log.add("operator", `orders at ${node.id}: ${JSON.stringify(change)}`);
    const told = await rings.begin(create(BeginRingChangeRequestSchema, { id, change }));
    return this.#hear(node, told);
  }

  /** `gone`: whom the operator gives up who forces the ring. */
  async amend(
    node: SimulatedNode,
    order: Order,
    gone: readonly string[] = [],
  ): Promise<string | undefined> {
    const rings = node.node?.register === undefined ? undefined : node.node.operators.rings;
    if (rings === undefined) return undefined;
    this.#world.log.add("operator", `orders at ${node.id}: ${Order[order]}`);
    const request = create(AmendRingChangeRequestSchema, { order, gone: [...gone] });
    const told = await rings.amend(request);
    const heard = this.#hear(node, told);
    if (order === Order.ABORT && heard === "done") this.#options.reach("ring change aborted");
    return heard;
  }

  #hear(node: SimulatedNode, told: Told): string {
    const { code, message } = isFailure(told) ? told : { code: undefined, message: "done" };
    if (code === Error_Code.INVALID) this.#options.reach("order refused");
    if (code === Error_Code.IN_DOUBT) this.#options.reach("order in doubt");
    this.#world.log.add("operator", `hears from ${node.id}: ${message}`);
    return message;
  }

  #begin(place: string, change: RingOrder | undefined): boolean {
    const node = this.#cluster.at(place);
    if (change === undefined || node.node?.register === undefined) return false;
    this.#track(this.#acting, this.order(node, change));
    return true;
  }

  #amend(place: string, order: Order): boolean {
    const node = this.#cluster.at(place);
    if (node.node?.register === undefined) return false;
    this.#track(this.#acting, this.amend(node, order));
    return true;
  }

  async #resume(): Promise<void> {
    if (this.#knownRing()?.change?.paused !== true) return;
    const running = this.#cluster.nodes.filter(({ node }) => node?.register !== undefined);
    if (running.length === 0) return;
    await this.amend(pick(this.#random, running), Order.RESUME);
  }

  #giveUp(fault: Extract<RingFault, { wiped: boolean }>): boolean {
    const node = this.#cluster.at(fault.node);
    const removal = new NodeRemoval({
      ...this.#options,
      operators: this,
      fault,
      node,
      isActive: () => this.#active,
      onGivenUp: () => this.#count(fault.kind),
    });
    if (!removal.isPossible()) return false;
    this.#track(this.#endings, removal.run());
    return true;
  }

  #force(fault: Extract<RingFault, { kind: "ringForce" }>): boolean {
    const forcing = new RingForcing({
      ...this.#options,
      operators: this,
      fault,
      isActive: () => this.#active,
      onStopped: () => this.#count(fault.kind),
    });
    this.#forcing = true;
    const forced = forcing.run().finally(() => {
      this.#forcing = false;
    });
    this.#track(this.#endings, forced);
    return true;
  }

  /** The first decides: it joins, or leaves, and the others with it as far as they can. */
  #moveOf(places: readonly string[]): RingOrder | undefined {
    const record = this.#knownRing();
    if (record === undefined) return undefined;
    const ids = places.map((place) => this.#cluster.at(place).id);
    const owns = (id: string): boolean => record.owners.some((owner) => owner.id === id);
    const nodes = ids.filter((id) => owns(id) === owns(ids[0]!));
    if (!owns(ids[0]!)) return { case: "join", value: { nodes } };
    // An order that was late may take one more away; a register of two does not outlive the loss of one.
    const spare = record.owners.length - OWNERS_MIN - 1;
    return spare <= 0 ? undefined : { case: "leave", value: { nodes: nodes.slice(0, spare) } };
  }

  #knownRing() {
    return this.#cluster.nodes.some(({ node }) => node?.ring !== undefined)
      ? this.#cluster.ring.record
      : undefined;
  }

  #track(among: Set<Promise<unknown>>, work: Promise<unknown>): void {
    const tracked = work.finally(() => among.delete(tracked));
    among.add(tracked);
  }

  #count(kind: RingFaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
