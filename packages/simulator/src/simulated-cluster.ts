import type { NodeId } from "@coterie/core";
import { assert, encodeUtf8, fraction, type Random } from "@coterie/core";
import { Ring } from "@coterie/hash-ring";
import type { NodeEvent } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import { partitionOfRow, rowKey } from "@coterie/shard-engine";
import type { FinalState, ReplicaState } from "./checkers/final-state.ts";
import { type Held, HintWatch } from "./hint-watch.ts";
import type { ProtocolState } from "./protocol-state.ts";
import { ShardWatch } from "./shard-watch.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface SimulatedClusterOptions {
  readonly world: World;
  readonly nodes: number;
  readonly partitions: number;
  /** The one that clients use. */
  readonly bucket: Bucket;
  readonly requestTimeoutMs: number;
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
  readonly #partitions: number;
  #ring: Ring | undefined;

  constructor(options: SimulatedClusterOptions) {
    const { world, nodes, partitions, bucket, requestTimeoutMs, onEvent, reach } = options;
    this.#world = world;
    this.#partitions = partitions;
    this.watch = new ShardWatch(world.log, new HintWatch((key) => this.#look(bucket, key)), reach);
    const ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    const owners = ids.map((id) => ({ id, weight: 1, zone: "" }));
    this.nodes = ids.map(
      (id, i) =>
        new SimulatedNode({
          id,
          world,
          watch: this.watch,
          onEvent,
          requestTimeoutMs,
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

  /** The primaries of a key. */
  primaries(bucket: Bucket, key: string): readonly NodeId[] {
    this.#ring ??= Ring.build(
      this.nodes.map(({ id }) => ({ id })),
      { partitions: this.#partitions, replicas: bucket.n },
    );
    return this.#ring.primaries(
      partitionOfRow(rowKey(bucket.name, encodeUtf8(key)), this.#partitions),
    );
  }

  /** What the primaries hold at this moment, of those that can be asked. */
  #look(bucket: Bucket, key: string): Promise<Held | undefined>[] {
    const row = rowKey(bucket.name, encodeUtf8(key));
    return this.primaries(bucket, key).map(async (id) => {
      const node = this.node(id);
      return node.isRunning ? { node: id, versions: await node.held(bucket, row) } : undefined;
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
      if (!node.isRunning) return false;
      const { epoch, recoveringPartitions } = await node.stats();
      if (epoch === 0 || recoveringPartitions.length > 0) return false;
      this.mending.delete(node);
    }
    return true;
  }

  /** Sentences: where nodes differ about who lives, and about buckets, and who still recovers. All nodes must run. */
  async disagreements(): Promise<string[]> {
    const sentences: string[] = [];
    const buckets = new Set<string>();
    for (const { id, node } of this.nodes) {
      assert(node !== undefined, `${id} does not run`);
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
    if (buckets.size > 1) sentences.push(`buckets differ: ${[...buckets].join(" and ")}`);
    return sentences;
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
