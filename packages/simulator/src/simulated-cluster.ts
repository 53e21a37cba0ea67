import type { NodeId } from "@coterie/core";
import { assert, encodeUtf8, fraction, type Random, randomBytes, toHex } from "@coterie/core";
import type { Beginning, CollectionOptions, NodeEvent } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import { beginChange, type ChangeRequest } from "@coterie/rebalance";
import { partitionOfRow, type RingView, rowKey } from "@coterie/shard-engine";
import { disagreementsOf } from "./agreement.ts";
import type { FinalState, ReplicaState } from "./checkers/final-state.ts";
import { type Held, HintWatch } from "./hint-watch.ts";
import type { ProtocolState } from "./protocol-state.ts";
import { ShardWatch } from "./shard-watch.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface SimulatedClusterOptions {
  readonly world: World;
  readonly nodes: number;
  /** How many of them own something from birth on; all by default. */
  readonly owners?: number;
  readonly partitions: number;
  /** The one that clients use. */
  readonly bucket: Bucket;
  readonly requestTimeoutMs: number;
  readonly collection: CollectionOptions;
  /** Of each node. */
  readonly hintBytesMax: number;
  readonly onEvent: (node: NodeId, event: NodeEvent) => void;
  readonly reach: (state: ProtocolState) => void;
}

/** The nodes of one run and the verbs that act on them. */
export class SimulatedCluster {
  readonly watch: ShardWatch;
  /** Nodes that lost their disk and may lack data still, or that are to be removed. */
  readonly mending = new Set<SimulatedNode>();
  /** Nodes that operators gave up: they are not started again. */
  readonly gone = new Set<SimulatedNode>();
  /** Of those, whom the ring does without: others have what they held. */
  readonly released = new Set<SimulatedNode>();
  /** Nodes that are down until an operator has forced the ring without them. */
  readonly withheld = new Set<SimulatedNode>();
  readonly #world: World;
  readonly #options: SimulatedClusterOptions;
  readonly #places: readonly NodeId[];
  readonly #nodes: SimulatedNode[];
  readonly #latencies: Random;

  constructor(options: SimulatedClusterOptions) {
    const { world, nodes, partitions, bucket, hintBytesMax, reach } = options;
    this.#world = world;
    this.#options = options;
    this.watch = new ShardWatch(
      world.log,
      new HintWatch(partitions, hintBytesMax, (key, node) => this.#look(bucket, key, node)),
      reach,
    );
    const ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    this.#places = ids;
    const founders = ids.slice(0, options.owners ?? nodes);
    const owners = founders.map((id) => ({ id, weight: 1, zone: "" }));
    this.#nodes = ids.map((id, i) =>
      this.#build(id, id, i === 0 ? { type: "init", owners, partitions } : this.#joining),
    );
    this.#latencies = world.random.fork();
    for (const node of this.#nodes) this.#connect(node);
  }

  get #joining(): Beginning {
    return { type: "join", seeds: [this.#places[0]!] };
  }

  #build(id: NodeId, place: NodeId, beginning: Beginning): SimulatedNode {
    const { world, onEvent, requestTimeoutMs, collection, hintBytesMax } = this.#options;
    return new SimulatedNode({
      id,
      clientAddress: `${place}/clients`,
      world,
      watch: this.watch,
      onEvent,
      requestTimeoutMs,
      collection,
      hintBytesMax,
      beginning,
    });
  }

  #connect(node: SimulatedNode): void {
    const { network } = this.#world;
    for (const other of this.#nodes) {
      if (other !== node) network.delay(node.address, other.address, this.#latencyMs);
    }
  }

  readonly #latencyMs = (): number => latencyMs(this.#latencies);

  /** One for each place. */
  get nodes(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  /** Starts every node, and waits until all belong to the cluster. */
  async birth(): Promise<void> {
    const started = Promise.all(this.nodes.map((node) => node.start()));
    await this.#world.until(started, 60_000);
    await this.#world.run(2_000);
  }

  /** By id, those that were given up included. */
  node(id: NodeId): SimulatedNode {
    return [...this.nodes, ...this.gone].find((node) => node.id === id)!;
  }

  /** The node at a place: that of the same id, until it was given up and another stands there. */
  at(place: NodeId): SimulatedNode {
    return this.nodes[this.#places.indexOf(place)]!;
  }

  /** Where a node was given up another one begins, on an empty disk and with an id of its own. */
  renew(old: SimulatedNode): void {
    const i = this.#nodes.indexOf(old);
    assert(i >= 0 && this.gone.has(old), `${old.id} was not given up`);
    const place = this.#places[i]!;
    const times = [...this.gone].filter(({ id }) => id.startsWith(place)).length;
    const node = this.#build(`${place}-${times + 1}`, place, this.#joining);
    this.#nodes[i] = node;
    this.#connect(node);
    for (const other of this.#nodes) {
      if (other !== node) this.#world.network.delay(other.address, node.address, this.#latencyMs);
    }
    this.bringUp(node);
  }

  /** Starts a node that is not given up or withheld, again and again until it can. */
  bringUp(node: SimulatedNode): void {
    if (node.isRunning || this.gone.has(node) || this.withheld.has(node)) return;
    node.start().catch((error) => {
      this.#world.log.add(node.id, `cannot start: ${error}`);
      this.#world.time.after(500, () => this.bringUp(node));
    });
  }

  /** Cuts every way between the two groups, both ways; connections stay half-open. */
  partition(some: readonly NodeId[], others: readonly NodeId[]): void {
    this.#world.log.add("network", `parts ${some.join("+")} from ${others.join("+")}`);
    for (const a of some) {
      for (const b of others) {
        this.#cut(this.at(a), this.at(b));
        this.#cut(this.at(b), this.at(a));
      }
    }
  }

  /** Cuts the way from `from` to `to` alone. */
  cutOneWay(from: NodeId, to: NodeId): void {
    this.#world.log.add("network", `cuts ${from} -> ${to}`);
    this.#cut(this.at(from), this.at(to));
  }

  /** Every way is open again. */
  healNetwork(): void {
    this.#world.log.add("network", "heals");
    for (const a of this.nodes) {
      for (const b of this.nodes) if (a !== b) this.#world.network.release(a.address, b.address);
    }
  }

  /** The newest ring that a running node serves under. */
  get ring(): RingView {
    let newest: RingView | undefined;
    for (const { node } of this.nodes) {
      const ring = node?.ring;
      if (ring === undefined) continue;
      if (newest === undefined || ring.record.epoch > newest.record.epoch) newest = ring;
    }
    assert(newest !== undefined, "no node has a ring");
    return newest;
  }

  /** An operator orders a change of the ring at one node; "done", or why not. */
  async changeRing(at: NodeId, request: ChangeRequest, acceptLoss: boolean): Promise<string> {
    const { node } = this.node(at);
    if (node?.register === undefined) return `${at} does not run`;
    this.#world.log.add(at, `is asked to change the ring: ${JSON.stringify(request)}`);
    const status = await node.operators.status();
    if (!("nodes" in status)) return status.message;
    const members = new Map(status.nodes.map(({ id, state }) => [id, state === "alive"]));
    const id = toHex(randomBytes(this.#world.random, 8));
    const scene = { id, acceptLoss, members };
    const ordered = await node.ringChanges.amend((record) => beginChange(record, request, scene));
    const outcome = ordered.type === "done" ? "done" : `${ordered.type}: ${ordered.reason}`;
    this.#world.log.add(at, `is asked to change the ring: ${outcome}`);
    return outcome;
  }

  /** The primaries of a key under the newest ring, old and new. */
  primaries(bucket: Bucket, key: string): readonly NodeId[] {
    const { ring } = this;
    const row = rowKey(bucket.name, encodeUtf8(key));
    return ring.primaries(partitionOfRow(row, ring.record.partitions), bucket.n);
  }

  /** What those hold at this moment who answer reads under the ring of `node`, as far as they can be asked. */
  #look(bucket: Bucket, key: string, node: NodeId): Promise<Held | undefined>[] {
    const row = rowKey(bucket.name, encodeUtf8(key));
    const ring = this.node(node).node?.ring;
    if (ring === undefined) return [];
    const [readers] = ring.readGroups(partitionOfRow(row, ring.record.partitions), bucket.n);
    return readers!.map(async (id) => {
      const node = this.node(id);
      const held = node.isRunning ? await node.held(bucket, row) : undefined;
      return held && { node: id, versions: held.versions };
    });
  }

  #cut(from: SimulatedNode, to: SimulatedNode): void {
    this.#world.network.hold(from.address, to.address);
  }

  /** What each primary holds of the keys. All nodes must run. */
  async finalState(bucket: Bucket, keys: readonly string[]): Promise<FinalState> {
    const state = new Map<string, ReplicaState[]>();
    for (const key of keys) {
      const row = rowKey(bucket.name, encodeUtf8(key));
      const reads = this.primaries(bucket, key).map((id) =>
        this.node(id).replicaState(bucket, row),
      );
      state.set(key, await this.#world.until(Promise.all(reads), 60_000));
    }
    return state;
  }

  /** Whether all that lost a disk have recovered or were removed: then the budget of losses is whole again. */
  async isWhole(): Promise<boolean> {
    for (const node of this.mending) {
      if (this.gone.has(node)) {
        if (!this.released.has(node)) return false;
        this.mending.delete(node);
        continue;
      }
      if (!node.isRunning || node.disk.isRotten) return false;
      const { epoch, recoveringPartitions, suspectRows } = await node.stats();
      // A damaged row that was written over since lacks what it held before, until it is repaired.
      if (epoch === 0 || recoveringPartitions.length > 0 || suspectRows > 0) return false;
      this.mending.delete(node);
    }
    // Something may have been lost while these were asked.
    return this.mending.size === 0 && this.#acceptorsAreCurrent();
  }

  /** Whether the ring goes on without it, and whoever gained from that has what it held. */
  isRemoved({ id }: SimulatedNode): boolean {
    if (this.nodes.every(({ node }) => node?.ring === undefined)) return false;
    const { removed, change } = this.ring.record;
    return removed.includes(id) && change === undefined;
  }

  /**
   * Whether each owner has the say in the register that its disk remembers (who lost it gets another), and no
   * proposal waits that may give a say to somebody else: of those that it names a majority has to last, too.
   */
  #acceptorsAreCurrent(): boolean {
    if (this.nodes.every(({ node }) => node?.ring === undefined)) return false;
    const { owners, next } = this.ring.record;
    return this.nodes.every(({ id, node }) => {
      const isOwner = [...owners, ...next].some((owner) => owner.id === id);
      const known = node?.register?.value;
      if (node === undefined || known === undefined) return !isOwner;
      if (node.acceptor.acceptedVersion > known.version) return false;
      return !isOwner || known.acceptors.get(id) === node.acceptor.id;
    });
  }

  /** Sentences: see `disagreementsOf`. All nodes must run. */
  disagreements(): Promise<string[]> {
    return disagreementsOf(this.#world, this.nodes, this.ring);
  }

  /** Sentences: where the leaves of a node do not fit its rows. All nodes must run. */
  async leafFaults(bucket: Bucket): Promise<string[]> {
    const { partitions } = this.ring.record;
    const faults = this.nodes.map((node) => node.leafFaults(partitions, bucket.n));
    return (await this.#world.until(Promise.all(faults), 60_000)).flat();
  }

  /** Hints that wait at any node that runs. */
  async waitingHints(): Promise<number> {
    const running = this.nodes.filter(({ isRunning }) => isRunning);
    const stats = Promise.all(running.map((node) => node.stats()));
    let waiting = 0;
    for (const { hints } of await this.#world.until(stats, 60_000)) waiting += hints;
    return waiting;
  }
}

/** Of one message on a local network, milliseconds: mostly well below a millisecond, now and then several. */
export function latencyMs(random: Random): number {
  const drawn = fraction(random);
  return drawn < 0.95 ? 0.2 + drawn / 2 : 1 + 200 * (drawn - 0.95);
}
