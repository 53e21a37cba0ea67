import { join } from "node:path";
import { adminClient } from "@coterie/transport-grpc";
import { CliError } from "../cli-error.ts";
import { type ClusterDirectory, markBorn } from "./cluster-directory.ts";
import { NodeProcess, type NodeSpec } from "./node-process.ts";

/** What happens to the nodes once the cluster is there. */
interface LocalClusterEvents {
  died(node: NodeProcess, reason: string): void;
  /** It serves again. */
  back(node: NodeProcess): void;
  /** It dies over and over: left alone. */
  gaveUp(node: NodeProcess): void;
}

export interface LocalClusterOptions {
  readonly directory: ClusterDirectory;
  /** One for each node. */
  readonly addresses: readonly string[];
  readonly restart: boolean;
  readonly events: LocalClusterEvents;
}

const READY_MS = 60_000;
const POLL_MS = 50;
const RESTART_MS = 1_000;
/** Deaths without having served between them, after which a node is left alone. */
const FAILED_STARTS_MAX = 5;

/** A cluster of node processes on this machine: founds it, waits for it, brings back what dies, stops it. */
export class LocalCluster {
  readonly nodes: readonly NodeProcess[];
  readonly #options: LocalClusterOptions;
  readonly #failedStarts = new Map<NodeProcess, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #phase: "starting" | "running" | "stopping" = "starting";
  #failure: CliError | undefined;

  constructor(options: LocalClusterOptions) {
    this.#options = options;
    const { directory, addresses } = options;
    this.nodes = addresses.map((address, index) => {
      const id = `n${index + 1}`;
      const dataDirectory = join(directory.path, id);
      const logFile = join(directory.path, `${id}.log`);
      return new NodeProcess(
        { id, address, dataDirectory, logFile },
        {
          serving: (node) => this.#serving(node),
          died: (node, reason, wasServing) => this.#died(node, reason, wasServing),
        },
      );
    });
  }

  /** Resolves when every node serves and sees all others alive, or `cancelled` settled. Throws `CliError`. */
  async start(cancelled: Promise<unknown>): Promise<void> {
    const { directory } = this.#options;
    let isCancelled = false;
    void cancelled.then(() => {
      isCancelled = true;
    });
    for (const node of this.nodes) node.start(this.#beginning(node));
    const endMs = Date.now() + READY_MS;
    while (!(await this.#isReady())) {
      if (isCancelled) return;
      if (this.#failure !== undefined) throw this.#failure;
      if (Date.now() > endMs) throw new CliError("start_failed", this.#whyNotReady());
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (!directory.born) markBorn(directory);
    this.#phase = "running";
  }

  /** The arguments that follow the node's own: once the cluster is born, nobody founds it again. */
  beginningAgain({ spec }: NodeProcess): string[] {
    const others = this.nodes.map((node) => node.spec).filter(({ id }) => id !== spec.id);
    return others.length === 0 ? [] : ["--join", others.map(({ address }) => address).join(",")];
  }

  async stop(): Promise<void> {
    this.#phase = "stopping";
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  #beginning(node: NodeProcess): string[] {
    const [first] = this.nodes;
    if (this.#options.directory.born) return this.beginningAgain(node);
    if (node !== first) return ["--join", first!.spec.address];
    return ["--init", "--owners", this.nodes.map(({ spec }) => spec.id).join(",")];
  }

  async #isReady(): Promise<boolean> {
    if (this.nodes.some((node) => !node.isServing)) return false;
    const seen = await Promise.all(this.nodes.map(({ spec }) => seesAll(spec, this.nodes.length)));
    return seen.every((all) => all);
  }

  #whyNotReady(): string {
    const waiting = this.nodes.filter((node) => !node.isServing).map(({ spec }) => spec);
    const [first] = waiting;
    if (first === undefined) return `the nodes do not see one another after ${READY_MS / 1000} s`;
    return `${waiting.map(({ id }) => id).join(", ")} did not come up within ${READY_MS / 1000} s: see ${first.logFile}`;
  }

  #serving(node: NodeProcess): void {
    this.#failedStarts.delete(node);
    if (this.#phase === "running") this.#options.events.back(node);
  }

  #died(node: NodeProcess, reason: string, wasServing: boolean): void {
    const { restart, events } = this.#options;
    if (this.#phase === "stopping") return;
    if (this.#phase === "starting") {
      const { id, logFile } = node.spec;
      this.#failure ??= new CliError(
        "start_failed",
        `node ${id} did not start: ${reason} (log: ${logFile})`,
      );
      return;
    }
    const failedStarts = wasServing ? 0 : (this.#failedStarts.get(node) ?? 0) + 1;
    this.#failedStarts.set(node, failedStarts);
    events.died(node, reason);
    if (!restart) return;
    if (failedStarts >= FAILED_STARTS_MAX) {
      events.gaveUp(node);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      node.start(this.beginningAgain(node));
    }, RESTART_MS);
    this.#timers.add(timer);
  }
}

async function seesAll({ address }: NodeSpec, count: number): Promise<boolean> {
  const client = adminClient(address);
  try {
    const result = await client.getStatus({}, { timeoutMs: 3_000 });
    if (result.type === "failed") return false;
    const alive = result.response.nodes.filter(({ state }) => state === "alive");
    return alive.length === count;
  } finally {
    client.close();
  }
}
