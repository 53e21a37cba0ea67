import type { Clock, Timer, Timers } from "@coterie/core";
import type { Channel, ChannelEvents, Dialer, Listener } from "@coterie/peer-session";

/** A machine's clock: how far it stands off, and how fast it runs. */
export class MachineClock {
  readonly #time: Clock;
  /** Milliseconds that its wall clock is ahead of the world's. */
  offsetMs = 0;
  #rate = 1;
  #sinceMs = 0;
  #elapsedMs = 0;

  constructor(time: Clock) {
    this.#time = time;
  }

  /** Its seconds for one of the world's: 1.0002 is 200 ppm fast. */
  get rate(): number {
    return this.#rate;
  }

  /** Runs at another rate from now on; what it shows does not jump. */
  set rate(rate: number) {
    this.#elapsedMs = this.monotonicMs();
    this.#sinceMs = this.#time.monotonicMs();
    this.#rate = rate;
  }

  nowMs(): number {
    return this.#time.nowMs() + this.offsetMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs + (this.#time.monotonicMs() - this.#sinceMs) * this.#rate;
  }
}

/** Timers fire this much late, never early: else rounding could set one again and again for no time at all. */
const TICK_MS = 0.001;

/** When a process dies: see `crash` in fault.ts. */
export interface DeathMoment {
  readonly atCall: number;
  readonly awaits: number;
}

/**
 * One process of a node, from its start to its crash: the time and the network as that process sees them.
 * Once it is dead nothing reaches it and nothing leaves it: no timer fires, no frame arrives or goes out,
 * no promise of its ports settles. While it is paused (SIGSTOP, a long collection of garbage) everything
 * waits, and then comes at once.
 */
export class Incarnation implements Clock, Timers {
  readonly #time: Clock & Timers;
  readonly #clock: MachineClock;
  #alive = true;
  #paused = false;
  #waiting: (() => void)[] = [];
  #callsLeft = Number.POSITIVE_INFINITY;
  #awaits = 0;
  #kill: () => void = () => {};

  constructor(time: Clock & Timers, clock: MachineClock) {
    this.#time = time;
    this.#clock = clock;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** For ever. */
  die(): void {
    this.#alive = false;
    this.#waiting = [];
  }

  /**
   * Between any two events of its ports, and at any await in between, a process may die: `kill` is called
   * in place of its `atCall`-th event from now, or so many awaits into it.
   */
  dieAt({ atCall, awaits }: DeathMoment, kill: () => void): void {
    this.#callsLeft = atCall;
    this.#awaits = awaits;
    this.#kill = kill;
  }

  /** It lives on after all. */
  disarm(): void {
    this.#callsLeft = Number.POSITIVE_INFINITY;
  }

  pause(): void {
    this.#paused = true;
  }

  /** What waited happens now, in order. */
  resume(): void {
    this.#paused = false;
    for (const callback of this.#waiting.splice(0))
      this.#time.endOfTurn(() => this.#call(callback));
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#time.after(delayMs / this.#clock.rate + TICK_MS, () => this.#call(callback));
  }

  endOfTurn(callback: () => void): void {
    this.#time.endOfTurn(() => this.#call(callback));
  }

  dialer<Out, In>(inner: Dialer<Out, In>): Dialer<Out, In> {
    return {
      dial: (address, events) => this.#channel(inner.dial(address, this.#events(events))),
    };
  }

  listener<Out, In>(inner: Listener<Out, In>): Listener<Out, In> {
    return {
      accept: (channel, from) => this.#events(inner.accept(this.#channel(channel), from)),
    };
  }

  #events<In>(events: ChannelEvents<In>): ChannelEvents<In> {
    return {
      frame: (frame) => this.#call(() => events.frame(frame)),
      closed: (reason) => this.#call(() => events.closed(reason)),
    };
  }

  #channel<Out>(channel: Channel<Out>): Channel<Out> {
    return {
      send: (frame, written) => {
        if (this.#alive) channel.send(frame, () => this.#call(written));
      },
      pause: () => channel.pause(),
      resume: () => channel.resume(),
      close: (reason) => {
        if (this.#alive) channel.close(reason);
      },
    };
  }

  #call(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#waiting.push(callback);
    else if (--this.#callsLeft > 0) callback();
    else this.#lastCall(callback);
  }

  #lastCall(callback: () => void): void {
    if (this.#awaits === 0) {
      this.#kill();
      return;
    }
    callback();
    let moment = Promise.resolve();
    for (let i = 1; i < this.#awaits; i++) moment = moment.then(() => {});
    void moment.then(() => {
      if (this.#alive && this.#callsLeft <= 0) this.#kill();
    });
  }
}
