import { setImmediate } from "node:timers";
import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { MemoryNetwork } from "@coterie/peer-session/testing";
import { EventLog } from "./event-log.ts";

/** A run of more events than this does not end by itself: something answers itself for ever. */
const EVENTS_MAX = 20_000_000;

/** Virtual events in one turn of the real event loop. */
const TURN = 64;

/**
 * One simulated universe: its time, its chance, its network, and the log of what happened. Everything is
 * drawn from the seed, so the same seed is the same run, event for event.
 */
export class World {
  readonly seed: number;
  readonly time = new VirtualTime();
  /** For forking: every part has its own stream, so that one fault less leaves the other draws alone. */
  readonly random: SeededRandom;
  readonly log: EventLog;
  readonly network: MemoryNetwork;
  /** Names of all ends of connections, nodes and clients. */
  readonly endpoints = new Set<string>();
  #events = 0;

  constructor(seed: number, options: { copy?: <T>(frame: T) => T } = {}) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.log = new EventLog(this.time);
    this.network = new MemoryNetwork({ time: this.time, ...options });
  }

  /** Timers fired so far: the unit of the simulator's speed. */
  get events(): number {
    return this.#events;
  }

  /** For whoever takes part: others go on meanwhile. `run` is for whoever drives the run. */
  sleep(ms: number): Promise<undefined> {
    return new Promise((resolve) => this.time.after(ms, () => resolve(undefined)));
  }

  /** Lets `byMs` of virtual time pass. */
  async run(byMs: number): Promise<void> {
    const untilMs = this.time.monotonicMs() + byMs;
    await this.#play(() => this.time.nextMs > untilMs);
    this.time.advance(untilMs - this.time.monotonicMs());
  }

  /** Runs until the promise settles; a run that has nothing left to do, or takes `limitMs`, throws. */
  async until<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    let over = false;
    const done = (): void => {
      over = true;
    };
    promise.then(done, done);
    const untilMs = this.time.monotonicMs() + limitMs;
    await this.#play(() => over || this.time.nextMs > untilMs);
    if (!over) {
      throw new Error(`still waiting after ${limitMs} virtual milliseconds (seed ${this.seed})`);
    }
    return promise;
  }

  /**
   * Fires timers one by one. Between two of them every promise that can settle does: Node empties its
   * queues of ticks and microtasks after each callback of `setImmediate`, also of those that were set
   * together, and setting many at once spares a turn of the event loop for each.
   */
  #play(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let ended = false;
      const step = (): void => {
        if (ended) return;
        try {
          ended = isOver();
          if (ended) resolve();
          else this.#step();
        } catch (error) {
          ended = true;
          reject(error);
        }
      };
      const turn = (): void => {
        if (ended) return;
        for (let i = 0; i < TURN; i++) setImmediate(step);
        setImmediate(turn);
      };
      turn();
    });
  }

  #step(): void {
    if (++this.#events > EVENTS_MAX) throw new Error(`a livelock (seed ${this.seed})`);
    this.time.step();
  }
}
