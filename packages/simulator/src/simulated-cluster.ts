import type { NodeId } from "@coterie/core";
import { encodeUtf8, fraction, type Random } from "@coterie/core";
import { Ring } from "@coterie/hash-ring";
import type { NodeEvent } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import { partitionOfRow, rowKey } from "@coterie/shard-engine";
import type { FinalState, ReplicaState } from "./checkers/final-state.ts";
import { MintWatch } from "./mint-watch.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface SimulatedClusterOptions {
  readonly world: World;
  readonly nodes: number;
  readonly partitions: number;
  readonly requestTimeoutMs: number;
  readonly onEvent: (node: NodeId, event: NodeEvent) => void;
}

/** The nodes of one run and the verbs that act on them. */
export class SimulatedCluster {
  readonly nodes: readonly SimulatedNode[];
  readonly mints = new MintWatch();
  readonly #world: World;
  readonly #partitions: number;

  constructor({ world, nodes, partitions, requestTimeoutMs, onEvent }: SimulatedClusterOptions) {
    this.#world = world;
    this.#partitions = partitions;
    const ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    const owners = ids.map((id) => ({ id, weight: 1, zone: "" }));
    this.nodes = ids.map(
      (id, i) =>
        new SimulatedNode({
          id,
          world,
          mints: this.mints,
          onEvent,
          requestTimeoutMs,
          beginning:
            i === 0 ? { type: "init", owners, partitions } : { type: "join", seeds: [ids[0]!] },
        }),
    );
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        if (from !== to)
          world.network.delay(from.address, to.address, () => latencyMs(world.random));
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
  partition(some: readonly SimulatedNode[], others: readonly SimulatedNode[]): void {
    this.#world.log.add("network", `parts ${names(some)} from ${names(others)}`);
    for (const a of some) for (const b of others) this.#cut(a, b, true);
  }

  /** Cuts the way from `from` to `to` alone. */
  cutOneWay(from: SimulatedNode, to: SimulatedNode): void {
    this.#world.log.add("network", `cuts ${from.id} -> ${to.id}`);
    this.#cut(from, to, false);
  }

  /** Every way is open again. */
  healNetwork(): void {
    this.#world.log.add("network", "heals");
    for (const a of this.nodes) {
      for (const b of this.nodes) if (a !== b) this.#world.network.release(a.address, b.address);
    }
  }

  #cut(a: SimulatedNode, b: SimulatedNode, bothWays: boolean): void {
    this.#world.network.hold(a.address, b.address);
    if (bothWays) this.#world.network.hold(b.address, a.address);
  }

  /** What each primary holds of the keys. All nodes must run. */
  async finalState(bucket: Bucket, keys: readonly string[]): Promise<FinalState> {
    const owners = this.nodes.map(({ id }) => ({ id }));
    const ring = Ring.build(owners, { partitions: this.#partitions, replicas: bucket.n });
    const state = new Map<string, ReplicaState[]>();
    for (const key of keys) {
      const row = rowKey(bucket.name, encodeUtf8(key));
      const primaries = ring.primaries(partitionOfRow(row, this.#partitions));
      const reads = primaries.map((id) => this.node(id).replicaState(bucket, row));
      state.set(key, await this.#world.until(Promise.all(reads), 60_000));
    }
    return state;
  }
}

/** Of one message on a local network, milliseconds: mostly well below a millisecond, now and then several. */
export function latencyMs(random: Random): number {
  const drawn = fraction(random);
  return drawn < 0.95 ? 0.2 + drawn / 2 : 1 + 200 * (drawn - 0.95);
}

function names(nodes: readonly SimulatedNode[]): string {
  return nodes.map(({ id }) => id).join("+");
}
