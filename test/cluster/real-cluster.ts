import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminClient } from "@coterie/transport-grpc";
import { CoterieProcess, coterie, type Finished, type SpawnOptions } from "./coterie-process.ts";
import { eventually } from "./eventually.ts";
import { freePorts } from "./free-ports.ts";

/** A directory of its own under the system's, gone when `remove` is called. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "coterie-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface RealNode {
  readonly id: string;
  readonly address: string;
  readonly dataDirectory: string;
}

/** Where a node runs, when it is not simply at a free port of this machine. */
export interface Place {
  readonly listen: string;
  /** Where others reach it. */
  readonly advertise: string;
  /** What its process is started with, such as `ip netns exec NAME`. */
  readonly via: readonly string[];
}

/** Storage nodes in processes of their own, started, killed and restarted one by one. */
export class RealCluster {
  readonly nodes: readonly RealNode[];
  readonly #directory: { path: string; remove: () => void };
  readonly #processes = new Map<string, CoterieProcess>();
  readonly #places = new Map<string, Place>();
  /** Of nodes that are started from now on. */
  options: readonly string[];

  private constructor(
    directory: { path: string; remove: () => void },
    places: readonly Place[],
    options: readonly string[],
  ) {
    this.#directory = directory;
    this.options = options;
    this.nodes = places.map((place, index) => {
      const id = `n${index + 1}`;
      this.#places.set(id, place);
      return { id, address: place.advertise, dataDirectory: join(directory.path, id) };
    });
  }

  /** Founds a cluster that its first nodes own, all if not told otherwise; resolves when all see one another. */
  static async start(
    size = 3,
    options: readonly string[] = [],
    owners = size,
  ): Promise<RealCluster> {
    const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
    const places = addresses.map((address) => ({ listen: address, advertise: address, via: [] }));
    return RealCluster.startAt(places, options, owners);
  }

  /** The same, with a node at each of these places. */
  static async startAt(
    places: readonly Place[],
    options: readonly string[] = [],
    first = places.length,
  ): Promise<RealCluster> {
    const cluster = new RealCluster(temporaryDirectory(), places, options);
    try {
      const owners = cluster.nodes.slice(0, first).map(({ id }) => id);
      const [founder, ...others] = cluster.nodes;
      await Promise.all([
        cluster.#launch(founder!, ["--init", "--owners", owners.join(",")]),
        ...others.map((node) => cluster.#launch(node, ["--join", founder!.address])),
      ]);
      await cluster.settled();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** For `--cluster`. */
  get addresses(): string {
    return this.nodes.map(({ address }) => address).join(",");
  }

  get directory(): string {
    return this.#directory.path;
  }

  node(id: string): RealNode {
    return this.nodes.find((node) => node.id === id)!;
  }

  process(id: string): CoterieProcess {
    return this.#processes.get(id)!;
  }

  /** SIGKILL, to all of them at the same moment; resolves when they are gone. */
  async kill(...ids: string[]): Promise<void> {
    const processes = ids.map((id) => this.process(id));
    for (const each of processes) each.signal("SIGKILL");
    await Promise.all(processes.map((each) => each.finished));
  }

  /** Starts nodes that have ended, as an operator would; resolves when they serve. */
  async restart(...ids: string[]): Promise<void> {
    await Promise.all(
      ids.map((id) => {
        const others = this.nodes.filter((node) => node.id !== id).map(({ address }) => address);
        return this.#launch(this.node(id), ["--join", others.join(",")]);
      }),
    );
  }

  /** Resolves when every node sees every other alive. */
  async settled(): Promise<void> {
    const clients = this.nodes.map(({ address }) => adminClient(address));
    try {
      await eventually(async () => {
        for (const client of clients) {
          const status = await client.getStatus({});
          if (status.type === "failed") throw new Error(status.error.message);
          const { answeredBy, nodes } = status.response;
          const seen = nodes.map(({ id, state }) => `${id} ${state}`);
          const alive = nodes.filter(({ state }) => state === "alive");
          if (alive.length === this.nodes.length) continue;
          throw new Error(`${answeredBy} sees ${seen.join(", ")}`);
        }
      }, 30_000);
    } finally {
      for (const client of clients) client.close();
    }
  }

  /** Runs `coterie` against all nodes. */
  run(args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
    const env = { COTERIE_CLUSTER: this.addresses, ...options.env };
    return coterie(args, { ...options, env });
  }

  /** Stops what still runs, and removes all data. */
  async stop(): Promise<void> {
    const processes = [...this.#processes.values()];
    for (const each of processes) each.signal("SIGTERM");
    const timer = setTimeout(() => {
      for (const each of processes) each.signal("SIGKILL");
    }, 15_000);
    await Promise.all(processes.map((each) => each.finished));
    clearTimeout(timer);
    this.#directory.remove();
  }

  async #launch({ id, address, dataDirectory }: RealNode, beginning: string[]): Promise<void> {
    const { listen, via } = this.#places.get(id)!;
    const where = ["--id", id, "--listen", listen, "--advertise", address, "--data", dataDirectory];
    const started = new CoterieProcess(
      ["node", "--json", ...where, ...this.options, ...beginning],
      { via },
    );
    this.#processes.set(id, started);
    await started.firstLine();
  }
}
