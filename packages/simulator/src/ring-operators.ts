import { below, type NodeId, pick, randomBytes, type SeededRandom, toHex } from "@coterie/core";
import {
  abortChange,
  beginChange,
  type ChangeRequest,
  pauseChange,
  type RingChanges,
  resumeChange,
} from "@coterie/rebalance";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { World } from "./world.ts";

export interface RingOperatorsOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
}

const OPERATORS = 2;
const PATIENCE_MS = 12_000;
/** Fewer owners than N are another story. */
const OWNERS_MIN = 3;

type Order = Parameters<RingChanges["amend"]>[0];

/**
 * Operators who change the ring all the time and do not know of one another: nodes join and leave, weights
 * change, changes are paused, resumed and taken back, at whatever node they happen to ask.
 */
export class RingOperators {
  readonly #world: World;
  readonly #cluster: SimulatedCluster;
  readonly #random: SeededRandom;
  readonly #meanGapMs: number;
  readonly #acting = new Set<Promise<void>>();
  #active = true;

  constructor({ world, cluster, random }: RingOperatorsOptions) {
    this.#world = world;
    this.#cluster = cluster;
    this.#random = random;
    this.#meanGapMs = 250 * 2 ** below(random, 5);
  }

  start(): void {
    for (let i = 1; i <= OPERATORS; i++) this.#await(`operator ${i}`);
  }

  /** No more orders; a change that waits to be resumed is resumed. */
  async stop(): Promise<void> {
    this.#active = false;
    // Orders of nodes that crashed are never answered.
    const patience = new Promise<void>((resolve) => this.#world.time.after(PATIENCE_MS, resolve));
    await this.#world.until(Promise.race([Promise.all(this.#acting), patience]), 60_000);
    while (this.#cluster.ring.record.change?.paused === true) {
      await this.#world.run(1_000);
      const node = this.#cluster.nodes.find(({ isRunning }) => isRunning)!;
      const resumed = this.#order("operator 1", node.id, "resume", (record) =>
        resumeChange(record, false),
      );
      await this.#world.until(resumed, 60_000);
    }
  }

  #await(name: string): void {
    this.#world.time.after(1 + below(this.#random, 2 * this.#meanGapMs), () => {
      if (!this.#active) return;
      const acting = this.#act(name).finally(() => {
        this.#acting.delete(acting);
        this.#await(name);
      });
      this.#acting.add(acting);
    });
  }

  async #act(name: string): Promise<void> {
    const running = this.#cluster.nodes.filter(({ node }) => node?.register !== undefined);
    if (running.length === 0) return;
    const at = pick(this.#random, running).id;
    const { change } = this.#cluster.ring.record;
    const drawn = below(this.#random, 10);
    if (change?.paused) {
      await this.#order(name, at, "resume", (record) => resumeChange(record, false));
    } else if (change !== undefined && drawn === 0) {
      await this.#order(name, at, "abort", abortChange);
    } else if (change !== undefined && drawn === 1) {
      await this.#order(name, at, "pause", pauseChange);
    } else if (change === undefined || drawn < 4) {
      await this.#begin(name, at);
    }
  }

  async #begin(name: string, at: NodeId): Promise<void> {
    const request = this.#draw();
    const running = this.#cluster.nodes.map(({ id, isRunning }) => [id, isRunning] as const);
    const id = toHex(randomBytes(this.#random, 8));
    const scene = { id, acceptLoss: false, members: new Map(running) };
    await this.#order(name, at, JSON.stringify(request), (record) =>
      beginChange(record, request, scene),
    );
  }

  #draw(): ChangeRequest {
    const { owners } = this.#cluster.ring.record;
    const others = this.#cluster.nodes
      .map(({ id }) => id)
      .filter((id) => owners.every((owner) => owner.id !== id));
    const drawn = below(this.#random, 5);
    if (drawn < 2 && others.length > 0) {
      const some = others.slice(0, 1 + below(this.#random, others.length));
      return { kind: "join", nodes: some.map((id) => ({ id, weight: 1, zone: "" })) };
    }
    const { id } = pick(this.#random, owners);
    if (drawn < 4 && owners.length > OWNERS_MIN) return { kind: "leave", nodes: [id] };
    return { kind: "weight", node: id, weight: 1 + below(this.#random, 3) };
  }

  async #order(name: string, at: NodeId, what: string, order: Order): Promise<void> {
    const { node } = this.#cluster.node(at);
    if (node?.register === undefined) return;
    this.#world.log.add(name, `orders at ${at}: ${what}`);
    const outcome = await node.ringChanges.amend(order);
    const told = outcome.type === "done" ? "done" : `${outcome.type}: ${outcome.reason}`;
    this.#world.log.add(name, `hears from ${at}: ${told}`);
  }
}
