import { openStore, type Store, type StoreOptions } from "@coterie/client/core";
import { type NodeId, systemClock, systemTimers } from "@coterie/core";
import type { Beginning } from "@coterie/node";
import type { Dialer } from "@coterie/peer-session";
import { MemoryNetwork } from "@coterie/peer-session/testing";
import type { ConnectRequest, ConnectResponse } from "@coterie/wire";
import { TestNode } from "./test-node.ts";

export interface TestClusterOptions {
  /** How many nodes, named `a`, `b`, `c` and so on, up to 26. Default 3. */
  readonly nodes?: number;
  /** Q; small, for a scan walks them all. Default 32. */
  readonly partitions?: number;
  /** Of `store`, and of those that `via` opens. */
  readonly store?: StoreOptions;
}

type ClientDialer = Dialer<ConnectRequest, ConnectResponse>;

/**
 * Starts a cluster in this process: real nodes over disks and a network in memory, on real time.
 * Resolves when every node serves.
 */
export async function testCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const cluster = new TestCluster(options);
  try {
    await cluster.open();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** A cluster under test: a store to use it with, and the faults to test with. `await using` closes it. */
export class TestCluster implements AsyncDisposable {
  readonly #network = new MemoryNetwork({ time: { ...systemClock, ...systemTimers } });
  readonly #nodes = new Map<NodeId, TestNode>();
  readonly #stores: Store[] = [];
  readonly #storeOptions: StoreOptions;
  #store: Store | undefined;

  /** Use `testCluster`. */
  constructor({ nodes = 3, partitions = 32, store = {} }: TestClusterOptions) {
    this.#storeOptions = store;
    const ids = Array.from({ length: nodes }, (_, i) => String.fromCharCode(97 + i));
    const owners = ids.map((id) => ({ id, weight: 1, zone: id }));
    for (const id of ids) {
      const beginning: Beginning =
        id === ids[0] ? { type: "init", owners, partitions } : { type: "join", seeds: [ids[0]!] };
      this.#nodes.set(id, new TestNode(id, this.#network, beginning));
    }
  }

  /** Starts all nodes; `testCluster` has done it. */
  async open(): Promise<void> {
    for (const node of this.#nodes.values()) await node.start();
    this.#store = await this.#open(this.nodes, "test");
  }

  /** Ids of the nodes, running or not. */
  get nodes(): readonly NodeId[] {
    return [...this.#nodes.keys()];
  }

  /** A client that reaches every node. */
  get store(): Store {
    if (this.#store === undefined) throw new Error("the test cluster is not open");
    return this.#store;
  }

  /** A client that reaches these nodes alone: one side of a network partition, say. Closed with the cluster. */
  via(...nodes: NodeId[]): Promise<Store> {
    for (const id of nodes) this.#node(id);
    return this.#open(nodes, `via ${nodes.join(", ")}`);
  }

  /**
   * Nodes of different groups cannot reach one another until `heal`: what they send is held, as by a network
   * that drops and resends. A node in no group keeps what it had. Clients reach every node still.
   */
  partition(...groups: (readonly NodeId[])[]): void {
    this.#betweenGroups(groups, (from, to) => this.#network.hold(from, to));
  }

  /** All nodes reach one another again; what was held arrives. */
  heal(): void {
    this.#betweenGroups(
      this.nodes.map((id) => [id]),
      (from, to) => this.#network.release(from, to),
    );
  }

  /** Ends a node's process at once; its disk keeps what it had acknowledged. */
  crash(id: NodeId): void {
    this.#node(id).crash();
  }

  /** Starts a crashed node on its disk; resolves when it serves. */
  async restart(id: NodeId): Promise<void> {
    const node = this.#node(id);
    if (node.isRunning) node.crash();
    await node.start();
  }

  /** Ends clients and nodes; nothing is left behind in this process. Idempotent. */
  async close(): Promise<void> {
    for (const store of this.#stores.splice(0)) store.close();
    this.heal();
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(reachable: readonly NodeId[], name: string): Promise<Store> {
    const dialer: ClientDialer = this.#network.dialer(name);
    const store = await openStore(
      reachable,
      { dialer: only(reachable, dialer) },
      { ...this.#storeOptions, name },
    );
    this.#stores.push(store);
    return store;
  }

  #node(id: NodeId): TestNode {
    const node = this.#nodes.get(id);
    if (node === undefined)
      throw new Error(`there is no node ${id}; there are ${this.nodes.join(", ")}`);
    return node;
  }

  #betweenGroups(
    groups: readonly (readonly NodeId[])[],
    act: (from: NodeId, to: NodeId) => void,
  ): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group)
          for (const to of other) act(this.#node(from).id, this.#node(to).id);
      }
    }
  }
}

/** Dials the client listeners of some nodes; the others are out of reach. */
function only(reachable: readonly NodeId[], dialer: ClientDialer): ClientDialer {
  return {
    dial: (address, events) =>
      dialer.dial(
        reachable.includes(address) ? TestNode.clientAddress(address) : "nowhere",
        events,
      ),
  };
}
