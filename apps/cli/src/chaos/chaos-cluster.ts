import { join } from "node:path";
import { adminClient, type UnaryClient } from "@coterie/transport-grpc";
import type { AdminService } from "@coterie/wire";
import { CliError } from "../cli-error.ts";
import { freePorts } from "../dev/free-ports.ts";
import type { NodeSpec } from "../dev/node-process.ts";
import type { ChaosNetwork } from "./chaos-network.ts";
import { ChaosNode, type ChaosNodeEvents } from "./chaos-node.ts";
import { isIsolated } from "./isolated.ts";
import { NamespaceNetwork } from "./namespace-network.ts";
import { ProxyNetwork } from "./proxy-network.ts";
import { SmallDisk, unmountLeftovers } from "./small-disk.ts";

const PARTITIONS = 64;
const READY_MS = 60_000;
const ASK_MS = 3_000;

/** Sentences on what is not as it should be; none: every node serves, sees every other alive, and misses nothing. */
export type Complaints = readonly string[];

/** Node processes on this machine, each behind its network, one of them on a small disk of its own. */
export class ChaosCluster {
  readonly network: ChaosNetwork;
  /** Of the last of those that own something at first; undefined: this user may not mount. */
  readonly smallDisk: SmallDisk | undefined;
  readonly #nodes: ChaosNode[];
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #build: (place: string, times: number) => ChaosNode;
  #renewals = 0;

  private constructor(
    nodes: ChaosNode[],
    network: ChaosNetwork,
    smallDisk: SmallDisk | undefined,
    addresses: ReadonlyMap<string, string>,
    build: (place: string, times: number) => ChaosNode,
  ) {
    this.#nodes = nodes;
    this.network = network;
    this.smallDisk = smallDisk;
    this.#addresses = addresses;
    this.#build = build;
  }

  /** Founds a cluster of so many owners, and of nodes that own nothing, in an empty directory. Resolves when all serve. */
  static async found(
    directory: string,
    count: { readonly owners: number; readonly spares: number },
    events: ChaosNodeEvents,
  ): Promise<ChaosCluster> {
    unmountLeftovers(directory);
    const ids = Array.from({ length: count.owners + count.spares }, (_, i) => `n${i + 1}`);
    const nodes: ChaosNode[] = [];
    const { network, places } = isIsolated()
      ? inNamespaces(ids)
      : await behindProxies(ids, (i) => nodes[i]?.pid);
    const addresses = new Map(ids.map((id) => [id, network.addressOf(id)]));
    const owners = ids.slice(0, count.owners).join(",");
    let born = false;
    const build = (place: string, times: number): ChaosNode => {
      const others = ids.filter((other) => other !== place).map((other) => addresses.get(other)!);
      const id = times === 0 ? place : `${place}-${times}`;
      const files = { dataDirectory: join(directory, id), logFile: join(directory, `${id}.log`) };
      const beginning = (): string[] =>
        place === ids[0] && !born
          ? ["--init", "--owners", owners, "--partitions", String(PARTITIONS)]
          : ["--join", others.join(",")];
      // Nothing leaves this machine; a namespace's address does not look like it.
      const insecure = isIsolated() ? ["--insecure"] : [];
      const spec = { id, ...places[ids.indexOf(place)]!, ...files };
      return new ChaosNode(place, spec, () => [...insecure, ...beginning()], events);
    };
    for (const id of ids) nodes.push(build(id, 0));
    const smallDisk = SmallDisk.mount(nodes[count.owners - 1]!.spec.dataDirectory);
    const cluster = new ChaosCluster(nodes, network, smallDisk, addresses, build);
    try {
      for (const node of nodes) node.start();
      await cluster.until("whole", READY_MS);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    born = true;
    return cluster;
  }

  /** Where clients reach the nodes. */
  get addresses(): string[] {
    return [...this.#addresses.values()];
  }

  /** One for each place. */
  get nodes(): readonly ChaosNode[] {
    return this.#nodes;
  }

  /** The node at a place: that of the same id, until it was given up and another stands there. */
  node(place: string): ChaosNode {
    return this.nodes.find((node) => node.place === place)!;
  }

  /** Where a node was given up another one begins, with an id and a directory of its own. */
  renew(old: ChaosNode): ChaosNode {
    const node = this.#build(old.place, ++this.#renewals);
    this.#nodes[this.#nodes.indexOf(old)] = node;
    node.start();
    return node;
  }

  /** Waits until nothing is amiss any more. Throws a `CliError` with what still is. */
  async until(_: "whole", limitMs: number): Promise<void> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const complaints = await this.complaints();
      if (complaints.length === 0) return;
      if (performance.now() > endMs) throw new CliError("start_failed", complaints.join("; "));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async complaints(): Promise<Complaints> {
    const told = await Promise.all(this.nodes.map((node) => this.#complaintsOf(node)));
    return [...told.flat(), ...(await this.#ringComplaints())];
  }

  /** Hints that wait anywhere. Undefined: a node did not say. */
  async waitingHints(): Promise<number | undefined> {
    const [first] = this.nodes;
    return this.ask(first!.place, async (admin) => {
      const result = await admin.listHints({ limit: 1 }, { timeoutMs: ASK_MS });
      if (result.type === "failed") return undefined;
      const { nodes } = result.response;
      const here = nodes.filter(({ nodeId }) => this.nodes.some((node) => node.id === nodeId));
      if (here.some(({ error }) => error !== undefined)) return undefined;
      return here.reduce((sum, { hints }) => sum + hints, 0);
    });
  }

  /** Asks the node at a place as its operator. */
  async ask<T>(
    place: string,
    how: (admin: UnaryClient<typeof AdminService>) => Promise<T>,
  ): Promise<T> {
    const client = adminClient(this.#addresses.get(place)!);
    try {
      return await how(client);
    } finally {
      client.close();
    }
  }

  /** Ends everything; the data stays, but for what was on the small disk. */
  async close(): Promise<void> {
    for (const node of this.nodes) node.signal("SIGCONT");
    await Promise.all(this.nodes.map((node) => node.end("SIGTERM")));
    this.network.close();
    this.smallDisk?.unmount();
  }

  /** Whom a change of the ring waits for, and who holds what the ring has given to others. */
  #ringComplaints(): Promise<Complaints> {
    return this.ask(this.nodes[0]!.place, async (admin) => {
      const result = await admin.getRingChange({}, { timeoutMs: ASK_MS });
      if (result.type === "failed") return [`the ring is not known: ${result.error.message}`];
      const { id = "", kind, blockers = [] } = result.response.state ?? {};
      const waits = blockers.map(({ node, reason }) => `the ring waits for ${node}: ${reason}`);
      return id === "" ? waits : [`the ring is changed: ${kind}`, ...waits];
    });
  }

  async #complaintsOf(node: ChaosNode): Promise<Complaints> {
    if (!node.isUp) return [`${node.id} does not serve`];
    return this.ask(node.place, async (admin) => {
      const result = await admin.getStatus({}, { timeoutMs: ASK_MS });
      if (result.type === "failed") return [`${node.id}: ${result.error.message}`];
      // Whoever was removed stays in the memory of the members for a while.
      const nodes = result.response.nodes.filter(({ id }) =>
        this.nodes.some((each) => each.id === id),
      );
      const sentences = nodes
        .filter(({ state }) => state !== "alive")
        .map(({ id, state }) => `${node.id} takes ${id} for ${state}`);
      if (nodes.length < this.nodes.length)
        sentences.push(`${node.id} knows ${nodes.length} nodes`);
      const own = nodes.find(({ id }) => id === node.id);
      if ((own?.recoveringPartitions ?? 0) > 0) {
        sentences.push(`${node.id} still recovers ${own!.recoveringPartitions} partitions`);
      }
      return sentences;
    });
  }
}

/** Where each node listens, and how it is to be started there. */
type Place = Pick<NodeSpec, "address" | "advertise" | "launcher">;

function inNamespaces(ids: readonly string[]): {
  network: NamespaceNetwork;
  places: readonly Place[];
} {
  const network = NamespaceNetwork.open(ids);
  const placeOf = (id: string): Place => ({
    address: network.addressOf(id),
    launcher: network.launcherOf(id),
  });
  return { network, places: ids.map(placeOf) };
}

async function behindProxies(
  ids: readonly string[],
  pidOf: (index: number) => number | undefined,
): Promise<{ network: ProxyNetwork; places: readonly Place[] }> {
  const ports = await freePorts(ids.length);
  const network = await ProxyNetwork.open(
    ids.map((id, i) => ({ id, port: ports[i]!, pid: () => pidOf(i) })),
  );
  const places = ids.map((id, i) => ({
    address: `127.0.0.1:${ports[i]}`,
    advertise: network.addressOf(id),
  }));
  return { network, places };
}
