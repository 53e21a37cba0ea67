import type { NodeId } from "@coterie/core";
import type { CollectionOptions } from "@coterie/node";
import { copyMessage } from "@coterie/peer-session/testing";
import type { Bucket } from "@coterie/quorum";
import type { ChangeRequest } from "@coterie/rebalance";
import { judge } from "./checkers/judge.ts";
import type { Violation } from "./checkers/violation.ts";
import { createBucket } from "./create-bucket.ts";
import { History } from "./history.ts";
import { ScenarioClient } from "./scenario-client.ts";
import { settle } from "./settle.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { Unhandled } from "./unhandled.ts";
import { World } from "./world.ts";

export interface ScenarioOptions {
  /** Default 5. */
  readonly nodes?: number;
  /** How many of them own something at first; all by default. */
  readonly owners?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Of the one bucket that the story is about; N=3, R=W=2, siblings by default. */
  readonly bucket?: Partial<Bucket>;
  /** How long a client waits for an answer; default 1,000. */
  readonly timeoutMs?: number;
  /** When tombstones go; by default after an hour, which is later than most stories end. */
  readonly collection?: CollectionOptions;
}

const BUCKET: Bucket = { name: "story", n: 3, r: 2, w: 2, rMin: 2, wMin: 2, mode: "siblings" };

/**
 * A cluster for stories: verbs that do what they say, one after the other, on virtual time. Nothing
 * happens by chance but message delays, and those are the seed's.
 */
export class Scenario {
  readonly cluster: SimulatedCluster;
  readonly world: World;
  readonly #history = new History();
  readonly #bucket: Bucket;
  readonly #timeoutMs: number;
  readonly #unhandled: Unhandled;
  readonly #clients = new Map<string, ScenarioClient>();

  private constructor({
    nodes = 5,
    owners,
    seed = 1,
    bucket,
    timeoutMs = 1_000,
    collection = {},
  }: ScenarioOptions) {
    this.world = new World(seed, { copy: copyMessage });
    this.#bucket = { ...BUCKET, ...bucket };
    this.#timeoutMs = timeoutMs;
    this.#unhandled = new Unhandled((sentence, stack) =>
      this.world.log.add("process", sentence, undefined, stack),
    );
    this.cluster = new SimulatedCluster({
      world: this.world,
      nodes,
      ...(owners === undefined ? {} : { owners }),
      partitions: 16,
      bucket: this.#bucket,
      requestTimeoutMs: timeoutMs,
      collection,
      hintBytesMax: 1 << 20,
      onEvent: () => {},
      reach: () => {},
    });
  }

  /** A cluster that is born and at rest, with its bucket. */
  static async begin(options: ScenarioOptions = {}): Promise<Scenario> {
    const scenario = new Scenario(options);
    await scenario.cluster.birth();
    await createBucket(scenario.world, scenario.cluster, scenario.#bucket);
    await scenario.run(1_000);
    return scenario;
  }

  /** The primaries of a key in the order of preference, then the other nodes. */
  nodesOf(key: string): NodeId[] {
    const primaries = this.cluster.primaries(this.#bucket, key);
    const others = this.cluster.nodes.map(({ id }) => id).filter((id) => !primaries.includes(id));
    return [...primaries, ...others];
  }

  /** A client with a memory of its own of what it has seen. */
  client(name: string): ScenarioClient {
    let client = this.#clients.get(name);
    if (client === undefined) {
      const inner = new SimulatedClient({
        name,
        world: this.world,
        history: this.#history,
        nodes: this.cluster.nodes.map((node) => node.clientAddress),
        bucket: this.#bucket,
        timeoutMs: this.#timeoutMs,
        committersOf: (operation) => this.cluster.watch.committersOf(operation),
      });
      client = new ScenarioClient(
        this.world,
        inner,
        (id) => this.#node(id).clientAddress,
        this.#values,
      );
      this.#clients.set(name, client);
    }
    return client;
  }

  /** The client "alice", speaking to one node. */
  via(node: NodeId): ScenarioClient {
    return this.client("alice").via(node);
  }

  /** Cuts the network between the two groups. */
  partition(some: readonly NodeId[], others: readonly NodeId[]): void {
    this.cluster.partition(some, others);
  }

  /** Parts one node from all others; clients still reach it. */
  isolate(node: NodeId): void {
    const others = this.cluster.nodes.map(({ id }) => id).filter((id) => id !== node);
    this.partition([node], others);
  }

  /** The network is whole again. */
  heal(): void {
    this.cluster.healNetwork();
  }

  crash(...nodes: readonly NodeId[]): void {
    for (const node of nodes) this.#node(node).crash();
  }

  async start(...nodes: readonly NodeId[]): Promise<void> {
    const started = nodes.map((node) => this.#node(node).start());
    await this.world.until(Promise.all(started), 60_000);
  }

  /** What happens to one machine: its disk, its clock, its process. */
  machine(node: NodeId): SimulatedNode {
    return this.#node(node);
  }

  /** An operator orders a change of the ring at one node; what became of the order. */
  changeRing(at: NodeId, request: ChangeRequest, acceptLoss = false): Promise<string> {
    const ordered = this.cluster.changeRing(at, request, acceptLoss);
    return this.world.until(ordered, 120_000);
  }

  /** Lets time pass. */
  run(ms: number): Promise<void> {
    return this.world.run(ms);
  }

  /** What each primary holds of a key: values of living siblings, sorted. All nodes must run. */
  async replicas(key: string): Promise<Record<NodeId, string[]>> {
    const final = await this.cluster.finalState(this.#bucket, [key]);
    const held: Record<NodeId, string[]> = {};
    for (const { node, live } of final.get(key)!) held[node] = live.map(this.#valueOf).sort();
    return held;
  }

  /** Waits, reading, until replicas and nodes agree; says what every checker has to say of the story. */
  async settle(): Promise<Violation[]> {
    const { world, cluster } = this;
    const history = this.#history;
    const { simulated: client } = this.client("settler");
    const settled = await settle({ world, cluster, client, history, bucket: this.#bucket });
    this.#unhandled.close();
    const unhandled = this.#unhandled.sentences;
    return judge({ history, watch: cluster.watch, ...settled, unhandled });
  }

  readonly #values = new Map<string, string>();
  readonly #valueOf = (operation: string): string => this.#values.get(operation) ?? operation;

  #node(id: NodeId): SimulatedNode {
    return this.cluster.node(id);
  }
}
