import { setImmediate } from "node:timers/promises";
import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { MemoryNetwork } from "@coterie/peer-session/testing";
import { EventLog } from "./event-log.ts";

/** A run of more events than this does not end by itself: something answers itself for ever. */
const EVENTS_MAX = 20_000_000;

/**
 * One simulated universe: its time, its chance, its network, and the log of what happened. Everything is
 * drawn from the seed, so the same seed is the same run, event for event.
 */
export class World {
  readonly seed: number;
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly log: EventLog;
  readonly network: MemoryNetwork;
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

  /** Lets `byMs` of virtual time pass. */
  async run(byMs: number): Promise<void> {
    const untilMs = this.time.monotonicMs() + byMs;
    await settle();
    while (this.time.nextMs <= untilMs) await this.#step();
    this.time.advance(untilMs - this.time.monotonicMs());
  }

  /** Runs until the promise settles; a run that has nothing left to do, or takes `limitMs`, throws. */
  async until<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    let over = false;
    const watched = promise.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    const untilMs = this.time.monotonicMs() + limitMs;
    await settle();
    while (!over) {
      if (this.time.nextMs > untilMs) {
        throw new Error(`still waiting after ${limitMs} virtual milliseconds (seed ${this.seed})`);
      }
      await this.#step();
    }
    return watched;
  }

  async #step(): Promise<void> {
    if (++this.#events > EVENTS_MAX) throw new Error(`a livelock (seed ${this.seed})`);
    this.time.step();
    await settle();
  }
}

/** Not a clock: lets every promise that can settle do so before virtual time moves on. */
function settle(): Promise<void> {
  return setImmediate();
}
