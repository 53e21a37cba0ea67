import { fraction, type NodeId, type Random, type Timer } from "@coterie/core";
import type { Fault, FaultKind, Harm, PlannedFault } from "./fault.ts";
import type { FaultSchedule } from "./fault-schedule.ts";
import { mayLose, noteLoss } from "./loss-budget.ts";
import { isRingFault } from "./ring-fault.ts";
import type { RingOperators } from "./ring-operators.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import { latencyMs, type SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface NemesisOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly clients: readonly SimulatedClient[];
  readonly plan: FaultSchedule;
  /** Who carries out what the plan does to the ring. */
  readonly operators: RingOperators;
  /** Whether a fault of this number is played. */
  readonly isKept: (number: number) => boolean;
  /** Whether a client was promised that this operation is kept. */
  readonly isPromised: (operationId: string) => boolean;
}

/** Carries a plan of faults out, and undoes each when its time is over. */
export class Nemesis {
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: SimulatedCluster;
  readonly #clients: readonly SimulatedClient[];
  readonly #plan: FaultSchedule;
  readonly #operators: RingOperators;
  readonly #isKept: (number: number) => boolean;
  readonly #isPromised: (operationId: string) => boolean;
  readonly #counts = new Map<FaultKind, number>();
  readonly #played: PlannedFault[] = [];
  readonly #normalDelay: () => number;
  #startMs = 0;
  #active = false;
  #next: Timer | undefined;

  constructor({ world, cluster, clients, plan, operators, ...options }: NemesisOptions) {
    const { isKept, isPromised } = options;
    this.#world = world;
    this.#cluster = cluster;
    this.#clients = clients;
    this.#plan = plan;
    this.#operators = operators;
    this.#isKept = isKept;
    this.#isPromised = isPromised;
    this.#random = world.random.fork();
    const latencies = world.random.fork();
    this.#normalDelay = () => latencyMs(latencies);
  }

  /** How often each fault was done; one that did not fit its moment is not counted. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return new Map([...this.#counts, ...this.#operators.counts]);
  }

  /** What was done. */
  get played(): readonly PlannedFault[] {
    return this.#played;
  }

  start(): void {
    this.#active = true;
    this.#startMs = this.#world.time.monotonicMs();
    this.#await();
  }

  /** No more harm; what was done is undone: every node runs, the network and the disks are well. */
  healAll(): void {
    this.#active = false;
    this.#next?.cancel();
    this.#cluster.healNetwork();
    for (const node of this.#cluster.nodes) {
      this.#setDelay(node, this.#normalDelay);
      node.disk.heal();
      node.clock.rate = 1;
      node.disarm();
      if (node.isPaused) node.resume();
      this.#cluster.bringUp(node);
    }
  }

  #await(): void {
    const planned = this.#plan.next();
    if (planned === undefined) return;
    const dueMs = this.#startMs + planned.atMs - this.#world.time.monotonicMs();
    this.#next = this.#world.time.after(Math.max(0, dueMs), () => {
      if (this.#isKept(planned.number) && this.#do(planned.fault)) {
        this.#played.push(planned);
        // A loss is counted when it takes place, and what operators do by themselves.
        const { kind } = planned.fault;
        const isLoss = kind === "wipe" || kind === "restore" || kind === "rot";
        if (!isLoss && !isRingFault(planned.fault)) this.#count(kind);
      }
      this.#await();
    });
  }

  /** False when the fault does not fit at this moment. */
  #do(fault: Fault): boolean {
    return isRingFault(fault) ? this.#operators.play(fault) : this.#harm(fault);
  }

  #harm(fault: Harm): boolean {
    const { network } = this.#world;
    const node = "node" in fault ? this.#cluster.at(fault.node) : undefined;
    switch (fault.kind) {
      case "crash":
        if (!node!.isRunning) return false;
        node!.dieAt(fault, () => this.#later(fault.downMs, () => this.#cluster.bringUp(node!)));
        return true;
      case "pause":
        if (!node!.isRunning || node!.isPaused) return false;
        node!.pause();
        this.#later(fault.forMs, () => node!.resume());
        return true;
      case "partition":
        this.#cluster.partition(fault.some, fault.others);
        this.#later(fault.forMs, () => this.#cluster.healNetwork());
        return true;
      case "oneWay":
        this.#cluster.cutOneWay(fault.from, fault.to);
        this.#later(fault.forMs, () => this.#cluster.healNetwork());
        return true;
      case "reset":
        this.#note("network", `resets ${fault.from} and ${fault.to}`);
        network.break(...this.#addressesOf(fault));
        return true;
      case "hang":
        this.#note("network", `hangs ${fault.from} and ${fault.to}`);
        network.hang(...this.#addressesOf(fault));
        return true;
      case "slowNetwork":
        this.#note("network", `is slow around ${fault.node}`);
        this.#setDelay(node!, () => fault.delayMs * (0.5 + fraction(this.#random)));
        this.#later(fault.forMs, () => this.#setDelay(node!, this.#normalDelay));
        return true;
      case "slowDisk":
        this.#note(fault.node, "has a slow disk");
        node!.disk.commitMs = fault.commitMs;
        this.#later(fault.forMs, () => node!.disk.heal());
        return true;
      case "diskError":
        this.#note(fault.nodes.join("+"), "meet a disk error at their next commit");
        for (const id of fault.nodes) this.#cluster.at(id).disk.failNextCommit();
        return true;
      case "diskFull":
        this.#note(fault.nodes.join("+"), "have full disks");
        for (const id of fault.nodes) this.#cluster.at(id).disk.isFull = true;
        this.#later(fault.forMs, () => {
          for (const id of fault.nodes) this.#cluster.at(id).disk.heal();
        });
        return true;
      case "clockJump":
        node!.clock.offsetMs += fault.byMs;
        this.#note(fault.node, `has a clock off by ${node!.clock.offsetMs} ms`);
        return true;
      case "clockDrift":
        node!.clock.rate = fault.rate;
        this.#note(fault.node, `has a clock of rate ${fault.rate.toFixed(3)}`);
        return true;
      case "wipe":
        void this.#lose(fault, node!, () => node!.wipe());
        return true;
      case "rot":
        void this.#rot(fault, node!);
        return true;
      case "restore": {
        if (!node!.isRunning) return false;
        const copy = node!.disk.copy();
        this.#later(fault.ageMs, () => {
          void this.#lose(fault, node!, () => node!.restoreCopy(copy));
        });
        return true;
      }
      case "clientVanish":
        this.#clients[fault.client % this.#clients.length]!.vanish();
        return true;
    }
  }

  /** Only within the budget that the design promises to survive: when nothing depends on this disk alone. */
  async #lose(
    { kind, downMs, againMs }: Extract<Fault, { kind: "wipe" | "restore" }>,
    node: SimulatedNode,
    lose: () => void,
  ): Promise<void> {
    if (!(await this.#mayLose(node))) return;
    if (node.isRunning) node.crash();
    lose();
    noteLoss(this.#cluster, node);
    this.#count(kind);
    this.#later(downMs, () => {
      this.#cluster.bringUp(node);
      this.#later(againMs, () => {
        if (!node.isRunning) return;
        node.crash();
        this.#cluster.bringUp(node);
      });
    });
  }

  async #rot({ kind, rows }: Extract<Fault, { kind: "rot" }>, node: SimulatedNode): Promise<void> {
    if (!(await this.#mayLose(node))) return;
    node.rot(rows);
    noteLoss(this.#cluster, node);
    this.#count(kind);
  }

  async #mayLose(node: SimulatedNode): Promise<boolean> {
    return (await mayLose(this.#cluster, node, this.#isPromised)) && this.#active;
  }

  #addressesOf({ from, to }: { from: NodeId; to: NodeId }): [string, string] {
    return [this.#cluster.at(from).address, this.#cluster.at(to).address];
  }

  #count(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  #setDelay(node: SimulatedNode, delayMs: () => number): void {
    for (const peer of this.#cluster.nodes) {
      if (peer === node) continue;
      this.#world.network.delay(node.address, peer.address, delayMs);
      this.#world.network.delay(peer.address, node.address, delayMs);
    }
  }

  #later(afterMs: number, undo: () => void): void {
    this.#world.time.after(afterMs, () => {
      if (this.#active) undo();
    });
  }

  #note(who: string, what: string): void {
    this.#world.log.add(who, what);
  }
}
