import {
  below,
  fraction,
  type NodeId,
  pick,
  type Random,
  SeededRandom,
  shuffle,
} from "@coterie/core";
import type { Effect } from "../src/effects.ts";
import { type SimulatedProcess, SwimSimulation } from "../src/testing.ts";

/** What one run of churn came to. */
export interface ChurnReport {
  readonly seed: number;
  readonly members: number;
  virtualMs: number;
  faults: number;
  healings: number;
  /** From each healing to equal and true views, in order. */
  readonly convergenceMs: number[];
  readonly violations: string[];
}

const CONVERGENCE_LIMIT_MS = 15 * 60_000;
/** These keep their addresses, so that whoever restarts finds the cluster. */
const SEEDS = 3;

/**
 * A cluster of 5 to 16 under everything at once: loss, duplication, reordering, crashes, restarts (also
 * elsewhere), pauses, starvation, network partitions, one-way cuts, mass restarts, leaving, changes of
 * metadata. Every few minutes the network heals and pauses end; then all views must become true and equal.
 */
export function churn(seed: number, hours: number): ChurnReport {
  const random = new SeededRandom(seed);
  const members = 5 + below(random, 12);
  const run = new Churn(seed, members, random);
  while (run.report.virtualMs < hours * 3_600_000 && run.report.violations.length === 0) {
    run.round();
  }
  return run.report;
}

class Churn {
  readonly report: ChurnReport;
  readonly #random: Random;
  readonly #sim: SwimSimulation;
  readonly #ids: NodeId[];
  readonly #left = new Set<NodeId>();
  readonly #addresses = new Map<NodeId, string>();
  readonly #ownIncarnation = new Map<NodeId, { process: SimulatedProcess; incarnation: number }>();
  readonly #seen = new WeakMap<SimulatedProcess, Map<NodeId, number>>();
  #moves = 0;

  constructor(seed: number, members: number, random: Random) {
    this.#random = random;
    this.report = {
      ...{ seed, members, virtualMs: 0, faults: 0, healings: 0, convergenceMs: [], violations: [] },
    };
    this.#sim = new SwimSimulation({
      seed,
      observe: (process, effect) => this.#check(process, effect),
    });
    this.#ids = Array.from({ length: members }, (_, i) => `m${i}`);
    for (const id of this.#ids) this.#start(id);
    this.#sim.run(30_000);
  }

  round(): void {
    const sim = this.#sim;
    sim.network.faults = {
      loss: pick(this.#random, [0, 0.01, 0.05, 0.2]),
      duplication: pick(this.#random, [0, 0.02, 0.1]),
      delayMs: [0.5, pick(this.#random, [2, 20, 200])],
      stragglers: pick(this.#random, [0, 0.02, 0.1]),
      stragglerMs: pick(this.#random, [500, 3_000]),
    };
    for (let left = 4 + below(this.#random, 12); left > 0; left--) {
      this.#fault();
      this.report.faults++;
      sim.run(fraction(this.#random) * pick(this.#random, [2_000, 20_000, 60_000]));
    }
    this.#heal();
    this.report.virtualMs = sim.nowMs;
  }

  #fault(): void {
    const sim = this.#sim;
    const running = sim.processes;
    const down = this.#ids.filter((id) => !sim.isRunning(id));
    const some = running.length > 0 ? pick(this.#random, running) : undefined;
    const kind = below(this.#random, 12);
    if (some === undefined || (kind <= 1 && down.length > 0)) {
      if (down.length > 0) this.#start(pick(this.#random, down));
    } else if (kind <= 2) {
      if (running.length > 2) sim.crash(some.id);
    } else if (kind === 3) {
      this.#bounce(some.id);
    } else if (kind === 4) {
      this.#pause(some.id, fraction(this.#random) * 60_000);
    } else if (kind === 5) {
      const untilMs = sim.nowMs + fraction(this.#random) * 60_000;
      sim.starve(some.id, 1 + below(this.#random, 300), 200 + below(this.#random, 8_000), untilMs);
    } else if (kind === 6) {
      const all = shuffle(this.#random, [...this.#addresses.values()]);
      const at = below(this.#random, all.length);
      sim.network.partition(all.slice(0, at), all.slice(at));
    } else if (kind === 7) {
      this.#cutOneWay(some);
    } else if (kind === 8) {
      sim.network.heal();
    } else if (kind === 9 && below(this.#random, 4) === 0) {
      for (const { id } of running) sim.crash(id);
      sim.run(fraction(this.#random) * 20_000);
      for (const id of this.#ids) if (!sim.isRunning(id)) this.#start(id);
    } else if (kind === 10) {
      sim.call(some, () => some.swim.updateMetadata(new Uint8Array([below(this.#random, 256)])));
    } else if (running.length > 3) {
      sim.call(some, () => some.swim.leave());
      sim.run(below(this.#random, 2) * 1_000);
      if (sim.isRunning(some.id)) sim.crash(some.id);
      this.#left.add(some.id);
    }
  }

  /** Ends the faults that end by themselves; the crashed stay crashed. Then waits for true views. */
  #heal(): void {
    const sim = this.#sim;
    const random = this.#random;
    sim.network.heal();
    sim.network.faults = { ...sim.network.faults, loss: 0.01, stragglers: 0, delayMs: [0.5, 5] };
    for (const { id } of sim.processes) sim.resume(id);
    // Who restarts knows the seeds alone, so one of them must run; the others may stay dead.
    if (!this.#ids.slice(0, SEEDS).some((id) => sim.isRunning(id))) this.#start(this.#ids[0]!);
    for (const id of this.#ids) if (!sim.isRunning(id) && below(random, 2) === 0) this.#start(id);
    const sinceMs = sim.nowMs;
    this.report.healings++;
    const converged = sim.runUntil(
      () => this.#falsehood() === undefined,
      CONVERGENCE_LIMIT_MS,
      250,
    );
    this.report.convergenceMs.push(sim.nowMs - sinceMs);
    if (!converged) this.#violate(`no convergence: ${this.#falsehood()}`);
  }

  /** The first thing that some running member believes wrongly. */
  #falsehood(): string | undefined {
    const processes = this.#sim.processes;
    for (const viewer of processes) {
      if (viewer.swim.self === undefined) return `${viewer.id} has not started`;
      for (const { id, swim } of processes) {
        const held = viewer.swim.member(id);
        const own = swim.self;
        if (held === undefined) return `${viewer.id} does not know ${id}`;
        if (own === undefined || held.incarnation !== own.incarnation || held.state !== "alive") {
          return `${viewer.id} holds ${id} ${held.state}@${held.incarnation}, not alive@${own?.incarnation}`;
        }
        if (held.address !== own.address) return `${viewer.id} has an old address of ${id}`;
        if (held.metadata[0] !== own.metadata[0]) return `${viewer.id} has old metadata of ${id}`;
      }
      for (const { id, state } of viewer.swim.members) {
        if (this.#sim.isRunning(id)) continue;
        if (state !== "dead" && state !== "left")
          return `${viewer.id} holds crashed ${id} ${state}`;
      }
    }
    return undefined;
  }

  #start(id: NodeId): void {
    const keeps = this.#ids.indexOf(id) < SEEDS || below(this.#random, 4) > 0;
    const address = keeps ? (this.#addresses.get(id) ?? id) : `${id}-at-${++this.#moves}`;
    this.#addresses.set(id, address);
    this.#left.delete(id);
    const seeds = this.#ids.slice(0, SEEDS).filter((seed) => seed !== id);
    this.#sim.start(id, { address, seeds });
  }

  #bounce(id: NodeId): void {
    this.#sim.crash(id);
    this.#sim.run(fraction(this.#random) * pick(this.#random, [100, 20_000]));
    if (!this.#sim.isRunning(id)) this.#start(id);
  }

  #pause(id: NodeId, forMs: number): void {
    const process = this.#sim.process(id);
    this.#sim.pause(id);
    this.#sim.after(forMs, () => {
      if (process.isRunning) this.#sim.resume(id);
    });
  }

  #cutOneWay(some: SimulatedProcess): void {
    const inbound = below(this.#random, 2) === 0;
    for (const { address } of this.#sim.processes) {
      if (address === some.address || below(this.#random, 4) === 0) continue;
      if (inbound) this.#sim.network.cut(address, some.address);
      else this.#sim.network.cut(some.address, address);
    }
  }

  /** No view's incarnation of a member goes back, nor a member's own, over all its lives. */
  #check(process: SimulatedProcess, effect: Effect): void {
    if (effect.type === "clash") this.#violate(`${process.id} reports a clash`);
    if (effect.type === "implausible") this.#violate(`${process.id} refuses ${effect.record.id}`);
    if (effect.type === "send") {
      const { incarnation } = effect.message;
      const own = this.#ownIncarnation.get(process.id);
      const isBack =
        own !== undefined &&
        (own.process === process ? incarnation < own.incarnation : incarnation <= own.incarnation);
      if (isBack) this.#violate(`${process.id} went back to incarnation ${incarnation}`);
      this.#ownIncarnation.set(process.id, { process, incarnation });
    }
    if (effect.type !== "member") return;
    const { id, incarnation } = effect.change.member;
    const seen = this.#seen.get(process) ?? new Map<NodeId, number>();
    this.#seen.set(process, seen);
    if (incarnation < (seen.get(id) ?? 0)) {
      this.#violate(`${process.id} took ${id} back to incarnation ${incarnation}`);
    }
    seen.set(id, incarnation);
  }

  #violate(what: string): void {
    this.report.violations.push(
      `seed ${this.report.seed}, ${this.#sim.nowMs.toFixed(0)} ms: ${what}`,
    );
  }
}
