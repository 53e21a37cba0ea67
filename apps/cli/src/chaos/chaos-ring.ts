import { randomBytes } from "node:crypto";
import type { EventLog } from "@coterie/simulator";
import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import type { ChaosCluster } from "./chaos-cluster.ts";
import type { ChaosNode } from "./chaos-node.ts";

type Change =
  | { readonly case: "join" | "leave" | "remove"; readonly value: { readonly nodes: string[] } }
  | { readonly case: "replace"; readonly value: { readonly old: string; readonly by: string } };

/** A step of the ring needs majorities of owners, each of whom may be slow. */
const STEP_MS = 10_000;
/** Between two looks at what became of a replacement. */
const AGAIN_MS = 1_000;
/** So many looks another change may take before it is taken back: it may wait for the node that is gone. */
const PATIENCE = 12;
/** So many in all: then something is wrong that the report has to show. */
const TRIES_MAX = 180;
/** N of the bucket. */
const OWNERS_MIN = 3;

/** Operators of the ring of a real cluster: they order as `coterie ring` does. */
export class ChaosRing {
  readonly #cluster: ChaosCluster;
  readonly #log: EventLog;

  constructor(cluster: ChaosCluster, log: EventLog) {
    this.#cluster = cluster;
    this.#log = log;
  }

  /** Who owns nothing joins, who is an owner leaves, as long as enough are left; undefined: neither. */
  async moveOf(id: string, at: string): Promise<Change | undefined> {
    const owners = await this.#owners(at);
    if (owners === undefined) return undefined;
    if (!owners.includes(id)) return { case: "join", value: { nodes: [id] } };
    return owners.length > OWNERS_MIN ? { case: "leave", value: { nodes: [id] } } : undefined;
  }

  /** What the node at `at` says to the order: it may refuse. */
  async order(at: string, change: Change): Promise<void> {
    const id = randomBytes(8).toString("hex");
    this.#log.add("operator", `orders at ${at}: ${JSON.stringify(change)}`);
    const told = await this.#cluster.ask(at, (admin) =>
      admin.beginRingChange({ id, change }, { timeoutMs: STEP_MS }),
    );
    this.#hear(at, told);
  }

  /** Resolves when the ring does without the node. It runs no more. */
  async replace(node: ChaosNode, first: string): Promise<void> {
    let at = first;
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      const running = this.#cluster.nodes.filter(({ isUp }) => isUp);
      at = running[tries % Math.max(1, running.length)]?.place ?? at;
      const [state, owners] = await Promise.all([this.#state(at), this.#owners(at)]);
      if (state === undefined || owners === undefined) continue;
      if (state.id === "" && !owners.includes(node.id)) return;
      if (state.id === "") await this.order(at, this.#without(node.id, owners));
      else if (tries % PATIENCE === 0 && !state.nodes.includes(node.id)) await this.#abort(at);
    }
    this.#log.add("operator", `gives up: the ring does not do without ${node.id}`);
  }

  #without(id: string, owners: readonly string[]): Change {
    const spare = this.#cluster.nodes.find((node) => node.isUp && !owners.includes(node.id));
    return spare === undefined
      ? { case: "remove", value: { nodes: [id] } }
      : { case: "replace", value: { old: id, by: spare.id } };
  }

  async #abort(at: string): Promise<void> {
    this.#log.add("operator", `orders at ${at}: abort`);
    const told = await this.#cluster.ask(at, (admin) =>
      admin.amendRingChange({ order: Order.ABORT }, { timeoutMs: STEP_MS }),
    );
    this.#hear(at, told);
  }

  async #owners(at: string): Promise<string[] | undefined> {
    const told = await this.#cluster.ask(at, (admin) => admin.getRing({}, { timeoutMs: STEP_MS }));
    return told.type === "failed" ? undefined : told.response.owners.map(({ id }) => id);
  }

  async #state(at: string) {
    const told = await this.#cluster.ask(at, (admin) =>
      admin.getRingChange({}, { timeoutMs: STEP_MS }),
    );
    return told.type === "failed" ? undefined : told.response.state;
  }

  #hear(
    at: string,
    told: { readonly type: string; readonly error?: { readonly message: string } },
  ): void {
    this.#log.add("operator", `hears from ${at}: ${told.error?.message ?? "done"}`);
  }
}
