import type { NodeId } from "@coterie/core";
import { assert, encodeUtf8, fraction, type Random, randomBytes, toHex } from "@coterie/core";
import type { CollectionOptions, NodeEvent } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import { beginChange, type ChangeRequest } from "@coterie/rebalance";
import { partitionOfRow, type RingView, rowKey } from "@coterie/shard-engine";
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
  readonly onEvent: (node: NodeId, event: NodeEvent) => void;
  readonly reach: (state: ProtocolState) => void;
}

/** The nodes of one run and the verbs that act on them. */
export class SimulatedCluster {
  readonly nodes: readonly SimulatedNode[];
  readonly watch: ShardWatch;
  /** Nodes that lost their disk and may lack data still. */
  readonly mending = new Set<SimulatedNode>();
  readonly #world: World;

  constructor(options: SimulatedClusterOptions) {
    const { world, nodes, partitions, bucket, onEvent, reach } = options;
    this.#world = world;
    this.watch = new ShardWatch(
      world.log,
      new HintWatch(partitions, (key, node) => this.#look(bucket, key, node)),
      reach,
    );
    const ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    const founders = ids.slice(0, options.owners ?? nodes);
    const owners = founders.map((id) => ({ id, weight: 1, zone: "" }));
    this.nodes = ids.map(
      (id, i) =>
        new SimulatedNode({
          id,
          world,
          watch: this.watch,
          onEvent,
          requestTimeoutMs: options.requestTimeoutMs,
          collection: options.collection,
          beginning:
            i === 0 ? { type: "init", owners, partitions } : { type: "join", seeds: [ids[0]!] },
        }),
    );
    const latencies = world.random.fork();
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        if (from !== to) world.network.delay(from.address, to.address, () => latencyMs(latencies));
      }
    }
  }

  /** Starts every node, and waits until all belong to the cluster. */
  async birth(): Promise<void> {
    const started = Promise.all(this.nodes.map((node) => node.start()));
    await this.#world.until(started, 60_000);
    await this.#world.run(2_000);
  }

  node(id: NodeId): SimulatedNode {
    return this.nodes.find((node) => node.id === id)!;
  }

  /** Cuts every way between the two groups, both ways; connections stay half-open. */
  partition(some: readonly NodeId[], others: readonly NodeId[]): void {
    this.#world.log.add("network", `parts ${some.join("+")} from ${others.join("+")}`);
    for (const a of some) {
      for (const b of others) {
        this.#cut(a, b);
        this.#cut(b, a);
      }
    }
  }

  /** Cuts the way from `from` to `to` alone. */
  cutOneWay(from: NodeId, to: NodeId): void {
    this.#world.log.add("network", `cuts ${from} -> ${to}`);
    this.#cut(from, to);
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

  #cut(from: NodeId, to: NodeId): void {
    this.#world.network.hold(this.node(from).address, this.node(to).address);
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

  /** Whether all that lost a disk have recovered: then the budget of losses is whole again. */
  async isWhole(): Promise<boolean> {
    for (const node of this.mending) {
      if (!node.isRunning || node.disk.isRotten) return false;
      const { epoch, recoveringPartitions, suspectRows } = await node.stats();
      // A damaged row that was written over since lacks what it held before, until it is repaired.
      if (epoch === 0 || recoveringPartitions.length > 0 || suspectRows > 0) return false;
      this.mending.delete(node);
    }
    return this.#acceptorsAreCurrent();
  }

  /** Whether each owner has the say in the register that its disk remembers: who lost it gets another. */
  #acceptorsAreCurrent(): boolean {
    if (this.nodes.every(({ node }) => node?.ring === undefined)) return false;
    const { owners, next } = this.ring.record;
    return this.nodes.every(({ id, node }) => {
      if (![...owners, ...next].some((owner) => owner.id === id)) return true;
      const known = node?.register?.value.acceptors.get(id);
      return node !== undefined && known === node.acceptorId;
    });
  }

  /** Sentences: where nodes differ about who lives, and about buckets, and who still recovers. All nodes must run. */
  async disagreements(): Promise<string[]> {
    const sentences: string[] = [];
    const buckets = new Set<string>();
    const rings = new Set<string>();
    for (const { id, node } of this.nodes) {
      assert(node !== undefined, `${id} does not run`);
      const { epoch, phase } = node.ring!.record;
      rings.add(`epoch ${epoch} (${phase})`);
      buckets.add(JSON.stringify(node.operators.listBuckets().buckets));
      const status = await this.#world.until(node.operators.status(), 60_000);
      if (!("nodes" in status)) sentences.push(`${id} is not ready: ${status.message}`);
      else {
        for (const other of status.nodes) {
          if (other.state !== "alive") sentences.push(`${id} takes ${other.id} for ${other.state}`);
          if (other.id === id && other.recoveringPartitions > 0) {
            sentences.push(`${id} still recovers ${other.recoveringPartitions} partitions`);
          }
        }
      }
    }
    if (rings.size > 1) sentences.push(`rings differ: ${[...rings].join(" and ")}`);
    if (this.ring.record.change !== undefined) sentences.push(`the ring is ${[...rings][0]} still`);
    if (buckets.size > 1) sentences.push(`buckets differ: ${[...buckets].join(" and ")}`);
    return sentences;
  }

  /** Sentences: where the leaves of a node do not fit its rows. All nodes must run. */
  async leafFaults(bucket: Bucket): Promise<string[]> {
    const { partitions } = this.ring.record;
    const faults = this.nodes.map((node) => node.leafFaults(partitions, bucket.n));
    return (await this.#world.until(Promise.all(faults), 60_000)).flat();
  }

  /** Hints that wait anywhere. All nodes must run. */
  async waitingHints(): Promise<number> {
    const stats = Promise.all(this.nodes.map((node) => node.stats()));
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
