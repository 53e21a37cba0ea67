import { assert, fraction, type NodeId, SeededRandom } from "@coterie/core";
import { decodeMessage, encodeMessage } from "../codec.ts";
import type { SwimConfig } from "../config.ts";
import type { Effect } from "../effects.ts";
import type { MemberRecord } from "../member-record.ts";
import type { Message } from "../messages.ts";
import { Swim } from "../swim.ts";
import { EventQueue } from "./event-queue.ts";
import { healthyNetwork, type NetworkFaults, SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedProcess } from "./simulated-process.ts";

export interface SimulationOptions {
  /** Same seed and same calls, same run. */
  readonly seed: number;
  readonly config?: Partial<SwimConfig>;
  readonly network?: Partial<NetworkFaults>;
  /** How long an incarnation takes to become durable; a crash before that loses it. 2 by default. */
  readonly persistMs?: number;
  /** Sends every message through the codec, as a real transport does. Slower; off by default. */
  readonly encode?: boolean;
  /** Sees every effect of every member, at the simulation's time. */
  readonly observe?: (process: SimulatedProcess, effect: Effect, nowMs: number) => void;
}

export interface StartOptions {
  /** Where the process listens; the id by default. */
  readonly address?: string;
  readonly seeds?: readonly string[];
  readonly config?: Partial<SwimConfig>;
  readonly metadata?: Uint8Array;
  /** Starts without what earlier lives stored, as from a wiped disk. */
  readonly forgetsIncarnation?: boolean;
}

type Event =
  | { readonly atMs: number; readonly type: "wake"; readonly process: SimulatedProcess }
  | {
      readonly atMs: number;
      readonly type: "arrival";
      readonly from: string;
      readonly to: string;
      readonly message: Message;
    }
  | {
      readonly atMs: number;
      readonly type: "durable";
      readonly process: SimulatedProcess;
      readonly incarnation: number;
    }
  | { readonly atMs: number; readonly type: "call"; readonly callback: () => void };

/**
 * A cluster of real `Swim`s on virtual time over a simulated network. One seed is one run. Verbs:
 * `start`, `crash`, `pause`, `resume`, `starve`; `network.partition`, `.cut`, `.heal`; `run`.
 */
export class SwimSimulation {
  readonly network: SimulatedNetwork;
  readonly random: SeededRandom;
  nowMs = 0;
  readonly #options: SimulationOptions;
  readonly #queue = new EventQueue<Event>();
  readonly #processes = new Map<NodeId, SimulatedProcess>();
  readonly #listeners = new Map<string, SimulatedProcess>();
  readonly #stored = new Map<NodeId, number>();

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed);
    const faults = { ...healthyNetwork, ...options.network };
    this.network = new SimulatedNetwork(faults, this.random.fork());
  }

  /** The running processes, in order of their first start. */
  get processes(): SimulatedProcess[] {
    return [...this.#processes.values()].filter((process) => process.isRunning);
  }

  process(id: NodeId): SimulatedProcess {
    const process = this.#processes.get(id);
    assert(process?.isRunning, `${id} does not run`);
    return process!;
  }

  isRunning(id: NodeId): boolean {
    return this.#processes.get(id)?.isRunning === true;
  }

  start(id: NodeId, options: StartOptions = {}): SimulatedProcess {
    assert(!this.isRunning(id), `${id} runs already`);
    const process = this.startTwin(id, options);
    this.#processes.set(id, process);
    return process;
  }

  /** Starts one more process of an id, as from a copied directory. It answers to no verb of the simulation. */
  startTwin(id: NodeId, options: StartOptions = {}): SimulatedProcess {
    const { address = id, seeds = [], metadata = new Uint8Array() } = options;
    const incarnation = options.forgetsIncarnation ? 0 : (this.#stored.get(id) ?? 0);
    const config = { ...this.#options.config, ...options.config };
    const random = this.random.fork();
    const swim = new Swim({ ...config, id, address, incarnation, metadata, random });
    const process = new SimulatedProcess(id, address, swim, fraction(this.random) * 1e6);
    this.#listeners.set(address, process);
    this.#perform(process, swim.start());
    if (seeds.length > 0) this.call(process, () => swim.join(seeds, this.#clock(process)));
    return process;
  }

  /** Starts members that know one another from the first moment, without the traffic of joining. */
  assemble(ids: readonly NodeId[]): void {
    const started = ids.map((id) => this.start(id));
    this.run(this.#options.persistMs ?? 2);
    const records = started.map((process) => process.swim.self!);
    for (const process of started) {
      const teller = started.find((other) => other !== process)?.swim.self;
      if (teller === undefined) continue;
      this.call(process, () =>
        process.swim.receive(
          teller.address,
          tellingOf(records, teller, process.id),
          this.#clock(process),
        ),
      );
    }
  }

  /** The process is gone without a word; what was not durable is lost. */
  crash(id: NodeId): void {
    const process = this.process(id);
    process.isRunning = false;
    if (this.#listeners.get(process.address) === process) this.#listeners.delete(process.address);
  }

  /** The process stands still; what arrives waits in its socket. */
  pause(id: NodeId): void {
    this.process(id).isPaused = true;
  }

  /** It goes on: timers first, as in an event loop, then what has arrived. */
  resume(id: NodeId): void {
    const process = this.process(id);
    if (!process.isPaused) return;
    process.isPaused = false;
    this.#wake(process);
    for (const { from, message } of process.inbox.splice(0)) this.#deliver(process, from, message);
  }

  /** Runs only now and then until `untilMs`: `runMs` of work, `pauseMs` of standstill, in turns. */
  starve(id: NodeId, runMs: number, pauseMs: number, untilMs: number): void {
    const process = this.process(id);
    const pause = (): void => {
      if (!process.isRunning || this.nowMs >= untilMs) return;
      this.pause(id);
      this.after(pauseMs, () => {
        if (!process.isRunning) return;
        this.resume(id);
        this.after(runMs, pause);
      });
    };
    pause();
  }

  /** Calls a `Swim` from outside and carries out what it returns. */
  call(process: SimulatedProcess, act: (nowMs: number) => Effect[]): void {
    if (process.isRunning) this.#perform(process, act(this.#clock(process)));
  }

  after(delayMs: number, callback: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, type: "call", callback });
  }

  /** Lets that much time pass. */
  run(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    while (this.#queue.nextMs <= untilMs) this.#step(this.#queue.pop()!);
    this.nowMs = untilMs;
  }

  /** Lets time pass until `holds`, looked at every `stepMs`; false when that takes longer than `limitMs`. */
  runUntil(holds: () => boolean, limitMs: number, stepMs = 100): boolean {
    const untilMs = this.nowMs + limitMs;
    while (!holds()) {
      if (this.nowMs >= untilMs) return false;
      this.run(stepMs);
    }
    return true;
  }

  #step(event: Event): void {
    this.nowMs = Math.max(this.nowMs, event.atMs);
    switch (event.type) {
      case "wake":
        if (event.process.wakeMs !== event.atMs) break;
        event.process.wakeMs = Number.POSITIVE_INFINITY;
        this.#wake(event.process);
        break;
      case "arrival": {
        const process = this.#listeners.get(event.to);
        if (process !== undefined) this.#deliver(process, event.from, event.message);
        break;
      }
      case "durable": {
        const { process, incarnation } = event;
        if (!process.isRunning) break;
        this.#stored.set(process.id, Math.max(incarnation, this.#stored.get(process.id) ?? 0));
        this.call(process, (nowMs) => process.swim.persisted(incarnation, nowMs));
        break;
      }
      case "call":
        event.callback();
        break;
    }
  }

  #wake(process: SimulatedProcess): void {
    if (process.isPaused) return;
    this.call(process, (nowMs) => process.swim.tick(nowMs));
  }

  #deliver(process: SimulatedProcess, from: string, message: Message): void {
    if (process.isPaused) process.hold(from, message);
    else this.call(process, (nowMs) => process.swim.receive(from, message, nowMs));
  }

  #perform(process: SimulatedProcess, effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.#options.observe?.(process, effect, this.nowMs);
      if (effect.type === "send") this.#send(process, effect.to.address, effect.message);
      if (effect.type !== "persist") continue;
      const { incarnation } = effect;
      const atMs = this.nowMs + (this.#options.persistMs ?? 2);
      this.#queue.push({ atMs, type: "durable", process, incarnation });
    }
    // A hair late, so that rounding never makes a wake-up early, which would repeat it for ever.
    const wakeMs = process.swim.deadlineMs - process.skewMs + 0.001;
    if (wakeMs < process.wakeMs) {
      process.wakeMs = Math.max(wakeMs, this.nowMs);
      this.#queue.push({ atMs: process.wakeMs, type: "wake", process });
    }
  }

  #send({ address: from }: SimulatedProcess, to: string, sent: Message): void {
    for (const delayMs of this.network.deliveries(from, to)) {
      const message = this.#options.encode ? decodeMessage(encodeMessage(sent)) : sent;
      this.#queue.push({ atMs: this.nowMs + delayMs, type: "arrival", from, to, message });
    }
  }

  #clock(process: SimulatedProcess): number {
    return this.nowMs + process.skewMs;
  }
}

function tellingOf(records: readonly MemberRecord[], teller: MemberRecord, to: NodeId): Message {
  const { id: from, session, incarnation } = teller;
  const body = { type: "records", records } as const;
  return { from, session, incarnation, to, knows: incarnation, body, updates: [] };
}
