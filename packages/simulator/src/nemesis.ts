import { below, fraction, pick, type SeededRandom, shuffle } from "@coterie/core";
import type { FaultKind } from "./fault-kind.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import { latencyMs, type SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

export interface NemesisOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly clients: readonly SimulatedClient[];
  /** Those allowed; each run draws its own subset and intensity of them (Groce et al. 2012, swarm testing). */
  readonly allowed: readonly FaultKind[];
}

/**
 * Does harm at random moments and undoes it at random moments after. It stays within the budget that the
 * design promises to survive: any number of crashes, but one lost disk a run.
 */
export class Nemesis {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #cluster: SimulatedCluster;
  readonly #clients: readonly SimulatedClient[];
  readonly #kinds: readonly FaultKind[];
  readonly #meanGapMs: number;
  readonly #done = new Map<FaultKind, number>();
  #lossesLeft = 1;
  #active = false;

  constructor({ world, cluster, clients, allowed }: NemesisOptions) {
    this.#world = world;
    this.#cluster = cluster;
    this.#clients = clients;
    this.#random = world.random.fork();
    const some = shuffle(this.#random, [...allowed]);
    this.#kinds = some.slice(0, allowed.length === 0 ? 0 : 1 + below(this.#random, some.length));
    this.#meanGapMs = 50 * 2 ** below(this.#random, 6);
  }

  /** How often each fault was done. */
  get done(): ReadonlyMap<FaultKind, number> {
    return this.#done;
  }

  start(): void {
    this.#active = this.#kinds.length > 0;
    this.#world.log.add("nemesis", `${this.#kinds.join(" ")} every ${this.#meanGapMs} ms`);
    this.#next();
  }

  /** No more harm; what was done is undone: every node runs, the network and the disks are well. */
  async healAll(): Promise<void> {
    this.#active = false;
    this.#cluster.healNetwork();
    for (const node of this.#cluster.nodes) {
      this.#setDelay(node, this.#normalDelay);
      node.commitMs = 2;
      node.clock.rate = 1;
      if (node.isPaused) node.resume();
      // A disk error that still waits for its commit may stop the first attempt.
      for (let attempt = 0; !node.isRunning && attempt < 3; attempt++) {
        await this.#world.until(
          node.start().catch(() => {}),
          60_000,
        );
      }
    }
  }

  #next(): void {
    if (!this.#active) return;
    const gapMs = -Math.log(1 - fraction(this.#random)) * this.#meanGapMs;
    this.#world.time.after(gapMs, () => {
      if (!this.#active) return;
      this.#harm(pick(this.#random, this.#kinds));
      this.#next();
    });
  }

  #harm(kind: FaultKind): void {
    const node = pick(this.#random, this.#cluster.nodes);
    if (!this.#do(kind, node)) return;
    this.#done.set(kind, (this.#done.get(kind) ?? 0) + 1);
  }

  /** False when the fault does not fit at this moment. */
  #do(kind: FaultKind, node: SimulatedNode): boolean {
    const { network } = this.#world;
    const other = pick(this.#random, this.#cluster.nodes);
    switch (kind) {
      case "crash":
        if (!node.isRunning) return false;
        node.crash();
        this.#later(() => this.#restart(node));
        return true;
      case "pause":
        if (!node.isRunning || node.isPaused) return false;
        node.pause();
        this.#later(() => node.resume());
        return true;
      case "partition": {
        const nodes = shuffle(this.#random, [...this.#cluster.nodes]);
        const cut = 1 + below(this.#random, nodes.length - 1);
        this.#cluster.partition(nodes.slice(0, cut), nodes.slice(cut));
        this.#later(() => this.#cluster.healNetwork());
        return true;
      }
      case "oneWay":
        if (node === other) return false;
        this.#cluster.cutOneWay(node, other);
        this.#later(() => this.#cluster.healNetwork());
        return true;
      case "reset":
        if (node === other) return false;
        this.#note("network", `resets ${node.id} and ${other.id}`);
        network.break(node.address, other.address);
        return true;
      case "hang":
        if (node === other) return false;
        this.#note("network", `hangs ${node.id} and ${other.id}`);
        network.hang(node.address, other.address);
        return true;
      case "slowNetwork":
        this.#slowNetwork(node);
        return true;
      case "slowDisk":
        this.#note(node.id, "has a slow disk");
        node.commitMs = 50 + below(this.#random, 500);
        this.#later(() => {
          node.commitMs = 2;
        });
        return true;
      case "diskError":
      case "diskFull":
        this.#note(node.id, `meets ${kind} at its next commit`);
        node.disk.failNextCommit(kind === "diskFull" ? "full" : "io");
        return true;
      case "clockJump":
        node.clock.offsetMs += below(this.#random, 20_000) - 10_000;
        this.#note(node.id, `has a clock off by ${node.clock.offsetMs} ms`);
        return true;
      case "clockDrift":
        node.clock.rate = 0.9 + fraction(this.#random) / 5;
        this.#note(node.id, `has a clock of rate ${node.clock.rate.toFixed(3)}`);
        return true;
      case "wipe":
      case "restore":
        return this.#loseDisk(kind, node);
      case "clientVanish":
        pick(this.#random, this.#clients).vanish();
        return true;
    }
  }

  #slowNetwork(node: SimulatedNode): void {
    this.#note("network", `is slow around ${node.id}`);
    this.#setDelay(node, () => 20 + 300 * fraction(this.#random));
    this.#later(() => this.#setDelay(node, this.#normalDelay));
  }

  readonly #normalDelay = (): number => latencyMs(this.#random);

  #setDelay(node: SimulatedNode, delayMs: () => number): void {
    for (const peer of this.#cluster.nodes) {
      if (peer === node) continue;
      this.#world.network.delay(node.address, peer.address, delayMs);
      this.#world.network.delay(peer.address, node.address, delayMs);
    }
  }

  /** A directory lost for good, or an old copy of it put back: at most once a run, while the others hold. */
  #loseDisk(kind: "wipe" | "restore", node: SimulatedNode): boolean {
    const isFounder = node === this.#cluster.nodes[0];
    if (!node.isRunning || this.#lossesLeft === 0 || (kind === "wipe" && isFounder)) return false;
    this.#lossesLeft--;
    if (kind === "wipe") {
      node.crash();
      node.wipe();
      this.#later(() => this.#restart(node));
    } else {
      const copy = node.disk.snapshot();
      this.#later(() => {
        if (node.isRunning) node.crash();
        node.restoreCopy(copy);
        this.#later(() => this.#restart(node));
      });
    }
    return true;
  }

  #restart(node: SimulatedNode): void {
    if (node.isRunning) return;
    node.start().catch((error) => {
      this.#note(node.id, `cannot start: ${error}`);
      this.#later(() => this.#restart(node));
    });
  }

  #later(undo: () => void): void {
    const afterMs = 20 * 2 ** below(this.#random, 9);
    this.#world.time.after(afterMs, () => {
      if (this.#active) undo();
    });
  }

  #note(who: string, what: string): void {
    this.#world.log.add(who, what);
  }
}
