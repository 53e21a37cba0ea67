import { fraction, type SeededRandom } from "@coterie/core";
import type { EventLog } from "@coterie/simulator";
import type { ChaosClient } from "./chaos-client.ts";
import type { ChaosCluster } from "./chaos-cluster.ts";
import { type ChaosFault, type ChaosFaultKind, drawFault } from "./chaos-fault.ts";
import type { ChaosNode } from "./chaos-node.ts";
import { ChaosRing } from "./chaos-ring.ts";
import { damage } from "./damage.ts";

export interface ChaosNemesisOptions {
  readonly cluster: ChaosCluster;
  readonly clients: readonly ChaosClient[];
  readonly random: SeededRandom;
  readonly kinds: readonly ChaosFaultKind[];
  readonly log: EventLog;
  /** Whether every copy of every write is where it belongs; until then nothing may lose data. */
  readonly mended: () => Promise<boolean>;
}

/** On average between two faults. */
const MEAN_GAP_MS = 1_500;
/** So long all copies may take to get where they belong; else the loss is left out. */
const MEND_MS = 20_000;

/** Does harm, one fault after another and several at once, and undoes each when its time is over. */
export class ChaosNemesis {
  readonly #options: ChaosNemesisOptions;
  readonly #ring: ChaosRing;
  readonly #counts = new Map<ChaosFaultKind, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();
  #active = true;
  #failure: unknown;
  /** A node is about to lose data: until the others have all copies nothing else is done. */
  #mending = false;

  constructor(options: ChaosNemesisOptions) {
    this.#options = options;
    this.#ring = new ChaosRing(options.cluster, options.log);
    this.#next();
  }

  /** How often each fault was done. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** False: a fault could not be done, which is no fault of the cluster; `healAll` throws it. */
  get isActive(): boolean {
    return this.#active;
  }

  /** No more harm; what was done is undone, and every node is meant to run. */
  async healAll(): Promise<void> {
    const { log } = this.#options;
    this.#active = false;
    for (const timer of this.#timers) clearTimeout(timer);
    // What is under way may wait for the others, and may have stopped one of them when it is over.
    this.#heal();
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
    this.#heal();
    log.add("chaos", "everything heals");
  }

  #heal(): void {
    const { cluster } = this.#options;
    cluster.network.heal();
    cluster.smallDisk?.empty();
    for (const node of cluster.nodes) {
      node.signal("SIGCONT");
      node.start();
    }
  }

  #next(): void {
    const { random, kinds, cluster } = this.#options;
    if (kinds.length === 0) return;
    this.#later(-Math.log(1 - fraction(random)) * MEAN_GAP_MS, () => {
      const nodes = cluster.nodes.map(({ place }) => place);
      const fault = drawFault(random, kinds, nodes);
      if (!this.#mending) this.#track(this.#do(fault));
      this.#next();
    });
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#active = false;
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #do(fault: ChaosFault): Promise<void> {
    const { cluster, clients } = this.#options;
    const { network } = cluster;
    const node = "node" in fault ? cluster.node(fault.node) : undefined;
    switch (fault.kind) {
      case "kill":
      case "restart":
        if (!node!.isWanted) return;
        this.#did(fault, `${node!.id} ${fault.kind === "kill" ? "is killed" : "is stopped"}`);
        await this.#down(node!, fault.kind === "kill" ? "SIGKILL" : "SIGTERM", fault.forMs);
        return;
      case "killAll":
        this.#did(fault, "every node is killed");
        await Promise.all(
          cluster.nodes
            .filter((each) => each.isWanted)
            .map((each) => this.#down(each, "SIGKILL", fault.forMs)),
        );
        return;
      case "pause":
        if (!node!.isUp) return;
        this.#did(fault, `${node!.id} is paused for ${fault.forMs} ms`);
        node!.signal("SIGSTOP");
        this.#later(fault.forMs, () => node!.signal("SIGCONT"));
        return;
      case "partition":
        this.#did(
          fault,
          `the network parts ${fault.some.join("+")} from ${fault.others.join("+")}`,
        );
        for (const a of fault.some) {
          for (const b of fault.others) {
            network.cut(a, b);
            network.cut(b, a);
          }
        }
        this.#later(fault.forMs, () => this.#healNetwork());
        return;
      case "oneWay":
        this.#did(fault, `nothing of ${fault.from} reaches ${fault.to}`);
        network.cut(fault.from, fault.to);
        this.#later(fault.forMs, () => this.#healNetwork());
        return;
      case "reset":
        this.#did(fault, `connections of ${fault.from} and ${fault.to} break`);
        network.reset(fault.from, fault.to);
        return;
      case "slowNetwork":
        this.#did(fault, `${fault.node} is ${fault.delayMs} ms away`);
        network.slow(fault.node, fault.delayMs);
        this.#later(fault.forMs, () => this.#healNetwork());
        return;
      case "diskFull":
        this.#did(fault, "the small disk of one node is full");
        cluster.smallDisk!.fill();
        this.#later(fault.forMs, () => cluster.smallDisk!.empty());
        return;
      case "corrupt":
      case "wipe":
      case "ringReplace":
        await this.#lose(fault, node!);
        return;
      case "ringMove":
        await this.#move(fault, node!);
        return;
      case "clientVanish":
        this.#did(fault, "a client forgets what it has seen");
        clients[fault.client % clients.length]?.vanish();
    }
  }

  async #down(node: ChaosNode, signal: "SIGTERM" | "SIGKILL", forMs: number): Promise<void> {
    await node.end(signal);
    this.#later(forMs, () => node.start());
  }

  #healNetwork(): void {
    const { cluster, log } = this.#options;
    log.add("chaos", "the network heals");
    cluster.network.heal();
  }

  /** Only within the budget: one node at a time, when all that was acknowledged has all its copies. */
  async #lose(
    fault: Extract<ChaosFault, { kind: "corrupt" | "wipe" | "ringReplace" }>,
    node: ChaosNode,
  ): Promise<void> {
    const { random, log } = this.#options;
    this.#mending = true;
    try {
      if (!(await this.#isMended()) || !node.isUp) return;
      await node.end("SIGKILL");
      if (fault.kind === "ringReplace") {
        node.retire();
        this.#did(fault, `${node.id} is killed for good`);
        this.#track(this.#replace(node, fault.at));
        return;
      }
      if (fault.kind === "wipe") {
        node.wipe();
        this.#did(fault, `${node.id} loses its disk`);
      } else {
        const what = damage(node.spec.dataDirectory, fault.how, random);
        this.#did(fault, `${node.id} finds its database damaged: ${what}`);
        if (fault.how === "pages") log.add(node.id, await node.putDamagedAside());
      }
      this.#later(fault.forMs, () => node.start());
    } finally {
      this.#mending = false;
    }
  }

  /** Goes on until the ring does without the node, whatever happens meanwhile; then another begins in its place. */
  async #replace(node: ChaosNode, at: string): Promise<void> {
    const { cluster, log } = this.#options;
    await this.#ring.replace(node, at);
    const another = cluster.renew(node);
    log.add("chaos", `${another.id} begins where ${node.id} was`);
  }

  async #move(
    fault: Extract<ChaosFault, { kind: "ringMove" }>,
    { id, isUp }: ChaosNode,
  ): Promise<void> {
    const change = isUp ? await this.#ring.moveOf(id, fault.at) : undefined;
    if (change === undefined) return;
    this.#did(fault, `${id} is to ${change.case}`);
    await this.#ring.order(fault.at, change);
  }

  /** What was done before is undone meanwhile. */
  async #isMended(): Promise<boolean> {
    const endMs = performance.now() + MEND_MS;
    while (this.#active && performance.now() < endMs) {
      if (await this.#options.mended()) return this.#active;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return false;
  }

  #did({ kind }: ChaosFault, what: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#options.log.add("chaos", what);
  }

  #later(afterMs: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#active) then();
    }, afterMs);
    this.#timers.add(timer);
  }
}
