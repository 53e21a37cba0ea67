import { below, type NodeId, type SeededRandom, shuffle } from "@coterie/core";
import type { NodeEvent } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import { mayLose, noteLoss } from "../loss-budget.ts";
import type { SimulatedCluster } from "../simulated-cluster.ts";
import type { World } from "../world.ts";
import { Moments } from "./moments.ts";

/** A write was staged at the node that leads it. */
export interface Mint {
  readonly node: NodeId;
  readonly key: string;
  readonly tombstone: boolean;
}

/** A hint is about to be written at a node. */
export interface HintBegun {
  readonly node: NodeId;
  readonly key: string;
}

type Phase = Extract<NodeEvent, { readonly type: "ringInstalled" }>["phase"];

/** A step of a ring change, and the node that served under it first. */
export interface PhaseBegun {
  readonly node: NodeId;
  readonly epoch: number;
  readonly phase: Phase;
}

export interface EventHeard {
  readonly node: NodeId;
  readonly event: NodeEvent;
}

export interface AmbushSceneOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly bucket: Bucket;
  readonly random: SeededRandom;
  /** Whether a client was promised that this operation is kept. */
  readonly isPromised: (operationId: string) => boolean;
}

/** What an ambush can wait for, and what it can do. Everything it does is undone by `heal`. */
export class AmbushScene {
  readonly cluster: SimulatedCluster;
  readonly bucket: Bucket;
  readonly random: SeededRandom;
  readonly #world: World;
  readonly #isPromised: (operationId: string) => boolean;
  readonly #mints = new Moments<Mint>();
  readonly #hints = new Moments<HintBegun>();
  readonly #phases = new Moments<PhaseBegun>();
  readonly #events = new Moments<EventHeard>();
  #newestEpoch = 1;
  #active = true;

  constructor({ world, cluster, bucket, random, isPromised }: AmbushSceneOptions) {
    this.#world = world;
    this.cluster = cluster;
    this.bucket = bucket;
    this.random = random;
    this.#isPromised = isPromised;
  }

  get isActive(): boolean {
    return this.#active;
  }

  stop(): void {
    this.#active = false;
  }

  onEvent(node: NodeId, event: NodeEvent): void {
    if (event.type === "ringInstalled" && event.epoch > this.#newestEpoch) {
      const { epoch, phase } = event;
      this.#newestEpoch = epoch;
      this.#phases.add({ node, epoch, phase });
    }
    this.#events.add({ node, event });
  }

  onMint(mint: Mint): void {
    this.#mints.add(mint);
  }

  onHint(hint: HintBegun): void {
    this.#hints.add(hint);
  }

  /** The next write that fits is staged, and not yet durable anywhere. */
  mint(wanted: (mint: Mint) => boolean = () => true): Promise<Mint> {
    return this.#mints.next(wanted);
  }

  /** The next hint that fits is handed to a node's shard, and in no commit yet. */
  hint(wanted: (hint: HintBegun) => boolean): Promise<HintBegun> {
    return this.#hints.next(wanted);
  }

  /** The first node has the next step to this phase in force; the others know nothing of it yet. */
  phase(wanted: Phase): Promise<PhaseBegun> {
    return this.#phases.next(({ phase }) => phase === wanted);
  }

  /** A node tells of something. */
  event(wanted: (heard: EventHeard) => boolean): Promise<EventHeard> {
    return this.#events.next(wanted);
  }

  /** Virtual milliseconds, and up to `more` of them by chance. */
  sleep(ms: number, more = 0): Promise<undefined> {
    return this.#world.sleep(more === 0 ? ms : ms + below(this.random, more));
  }

  get ids(): NodeId[] {
    return this.cluster.nodes.map(({ id }) => id);
  }

  /** The primaries of a key in an order drawn by lot, and all other nodes. */
  aroundKey(key: string): { primaries: NodeId[]; others: NodeId[] } {
    const primaries = shuffle(this.random, [...this.cluster.primaries(this.bucket, key)]);
    return { primaries, others: this.ids.filter((id) => !primaries.includes(id)) };
  }

  /** Nodes of different groups do not reach each other; what is under way between them is gone. */
  part(some: readonly NodeId[]): void {
    if (!this.#active) return;
    this.note(`${some.join("+")} alone`);
    for (const a of this.ids) {
      for (const b of this.ids) {
        if (a === b) continue;
        if (some.includes(a) === some.includes(b)) this.#way(a, b, "release");
        else this.cut(a, b);
      }
    }
  }

  /** Nothing more goes from `a` to `b`; what is under way is gone. */
  cut(a: NodeId, b: NodeId): void {
    if (!this.#active) return;
    this.#way(a, b, "hold");
    this.#world.network.break(a, b);
  }

  /** What goes from `a` to `b` waits until all is healed. */
  hold(a: NodeId, b: NodeId): void {
    if (this.#active) this.#way(a, b, "hold");
  }

  fillDisk(id: NodeId): void {
    if (!this.#active) return;
    this.note(`the disk of ${id} is full`);
    this.cluster.node(id).disk.isFull = true;
  }

  failNextCommit(id: NodeId): void {
    if (this.#active) this.cluster.node(id).disk.failNextCommit();
  }

  slowDisk(id: NodeId, commitMs: number): void {
    if (this.#active) this.cluster.node(id).disk.commitMs = commitMs;
  }

  /** The process ends; it is started again so much later. */
  async crash(id: NodeId, downMs: number): Promise<void> {
    const node = this.cluster.node(id);
    if (!this.#active || !node.isRunning) return;
    node.crash();
    await this.sleep(downMs);
    if (this.#active) this.cluster.bringUp(node);
  }

  /** The disk is lost, if that is within the budget of losses; the node begins anew at once. */
  async wipe(id: NodeId): Promise<boolean> {
    const node = this.cluster.node(id);
    if (!(await mayLose(this.cluster, node, this.#isPromised)) || !this.#active) return false;
    if (node.isRunning) node.crash();
    node.wipe();
    noteLoss(this.cluster, node);
    await this.sleep(20);
    if (this.#active) this.cluster.bringUp(node);
    return true;
  }

  /** Every row of its disk rots, if that is within the budget of losses. */
  async rot(id: NodeId): Promise<boolean> {
    const node = this.cluster.node(id);
    if (!(await mayLose(this.cluster, node, this.#isPromised)) || !this.#active) return false;
    node.rot([...node.disk.rowKeys().keys()]);
    noteLoss(this.cluster, node);
    return true;
  }

  heal(): void {
    if (!this.#active) return;
    this.cluster.healNetwork();
    for (const { disk } of this.cluster.nodes) disk.heal();
  }

  note(what: string): void {
    this.#world.log.add("ambush", what);
  }

  #way(a: NodeId, b: NodeId, verb: "hold" | "release"): void {
    this.#world.network[verb](this.cluster.node(a).address, this.cluster.node(b).address);
  }
}
