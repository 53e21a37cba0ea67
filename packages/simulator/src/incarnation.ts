import type { Clock, Timer, Timers } from "@coterie/core";
import type { Channel, ChannelEvents, Dialer, Listener } from "@coterie/peer-session";

/** A machine's clock: how far it stands off, and how fast it runs. */
export interface ClockFault {
  /** Milliseconds that its wall clock is ahead of the world's. */
  offsetMs: number;
  /** Its seconds for one of the world's: 1.0002 is 200 ppm fast. */
  rate: number;
}

/**
 * One process of a node, from its start to its crash: the time and the network as that process sees them.
 * Once it is dead nothing reaches it: no timer fires, no frame arrives, no promise of its ports settles.
 * While it is paused (SIGSTOP, a long collection of garbage) everything waits, and then comes at once.
 */
export class Incarnation implements Clock, Timers {
  readonly #time: Clock & Timers;
  readonly #fault: ClockFault;
  readonly #bornMs: number;
  #alive = true;
  #paused = false;
  #waiting: (() => void)[] = [];

  constructor(time: Clock & Timers, fault: ClockFault) {
    this.#time = time;
    this.#fault = fault;
    this.#bornMs = time.monotonicMs();
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
    return this.#time.nowMs() + this.#fault.offsetMs;
  }

  monotonicMs(): number {
    return (this.#time.monotonicMs() - this.#bornMs) * this.#fault.rate;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#time.after(delayMs / this.#fault.rate, () => this.#call(callback));
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
      send: (frame, written) => channel.send(frame, () => this.#call(written)),
      pause: () => channel.pause(),
      resume: () => channel.resume(),
      close: (reason) => channel.close(reason),
    };
  }

  #call(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#waiting.push(callback);
    else callback();
  }
}
