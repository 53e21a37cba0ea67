import { freePorts } from "../cluster/free-ports.ts";
import { RealCluster } from "../cluster/real-cluster.ts";
import { FaultyProxy } from "./faulty-proxy.ts";
import { NetworkNamespaces } from "./network-namespaces.ts";

/** A cluster of real processes to which every kind of harm can be done. */
export class FaultyCluster {
  readonly cluster: RealCluster;
  readonly #proxies: readonly FaultyProxy[];
  readonly #namespaces: NetworkNamespaces | undefined;

  private constructor(
    cluster: RealCluster,
    proxies: readonly FaultyProxy[],
    namespaces: NetworkNamespaces | undefined,
  ) {
    this.cluster = cluster;
    this.#proxies = proxies;
    this.#namespaces = namespaces;
  }

  /** `isolated`: each node in a network namespace of its own, where that can be had. A proxy stands before each node. */
  static async start(
    size: number,
    isolated: boolean,
    settings: readonly string[] = [],
  ): Promise<FaultyCluster> {
    const namespaces = isolated ? NetworkNamespaces.open(size) : undefined;
    const ports = namespaces === undefined ? await freePorts(size) : [];
    const own = namespaces?.host ?? "127.0.0.1";
    const targets =
      namespaces === undefined
        ? ports.map((port) => ({ host: own, port, via: [] }))
        : namespaces.namespaces.map(({ host, via }) => ({ host, port: 7400, via }));
    const proxies = await Promise.all(targets.map((target) => FaultyProxy.before(target, own)));
    const places = targets.map(({ host, port, via }, i) => ({
      listen: `${host}:${port}`,
      advertise: `${own}:${proxies[i]!.port}`,
      via,
    }));
    try {
      const options = [...settings, ...(namespaces === undefined ? [] : ["--insecure"])];
      return new FaultyCluster(await RealCluster.startAt(places, options), proxies, namespaces);
    } catch (error) {
      for (const proxy of proxies) proxy.close();
      namespaces?.close();
      throw error;
    }
  }

  /** How `cut` does it. */
  get cutBy(): string {
    return this.#namespaces === undefined
      ? "a proxy before the node (it still reaches the others)"
      : "its network namespace's cable";
  }

  /** Parts the node from everybody; nobody is told. */
  cut(id: string): void {
    const i = this.#index(id);
    if (this.#namespaces === undefined) this.#proxies[i]!.cut();
    else this.#namespaces.cut(this.#namespaces.namespaces[i]!);
  }

  mend(id: string): void {
    const i = this.#index(id);
    if (this.#namespaces === undefined) this.#proxies[i]!.mend();
    else this.#namespaces.mend(this.#namespaces.namespaces[i]!);
  }

  /** Every answer of the node comes so much later; 0: as ever. */
  slow(id: string, replyDelayMs: number): void {
    this.#proxies[this.#index(id)]!.slow(replyDelayMs);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    for (const proxy of this.#proxies) proxy.close();
    this.#namespaces?.close();
  }

  #index(id: string): number {
    return this.cluster.nodes.findIndex((node) => node.id === id);
  }
}
