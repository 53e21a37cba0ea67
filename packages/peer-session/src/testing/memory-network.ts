import type { Clock, Timers } from "@coterie/core";
import type { Channel, ChannelEvents, Dialer, Listener } from "../ports.ts";
import { copyMessage } from "./copy-message.ts";
import { MemoryPipe, type Route } from "./memory-pipe.ts";

export interface MemoryNetworkOptions {
  /** The clock and timers that delays run on; `VirtualTime` is both. */
  readonly time: Clock & Timers;
  /** What the network does to a frame between the two ends. Default: a structural copy. */
  readonly copy?: <T>(frame: T) => T;
  /** Frames under way in one direction of a session before `written` is withheld. Default 4. */
  readonly windowFrames?: number;
}

interface MemorySession {
  readonly from: string;
  readonly to: string;
  readonly pipes: readonly MemoryPipe[];
}

/**
 * Sessions between named endpoints in one process, on virtual time, first in first out. Nothing is
 * delivered from inside a call of the sender; a frame is copied when it is sent.
 */
export class MemoryNetwork {
  readonly #time: Clock & Timers;
  readonly #copy: <T>(frame: T) => T;
  readonly #windowFrames: number;
  readonly #listeners = new Map<string, Listener<unknown, unknown>>();
  readonly #routes = new Map<string, Route>();
  readonly #sessions = new Set<MemorySession>();

  constructor(options: MemoryNetworkOptions) {
    this.#time = options.time;
    this.#copy = options.copy ?? copyMessage;
    this.#windowFrames = options.windowFrames ?? 4;
  }

  /** Sessions that not both ends know to be over: dials under way and half-open ones count. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The dialer of the endpoint `from`. */
  dialer<Out, In>(from: string): Dialer<Out, In> {
    return {
      dial: (address, events) => this.#dial(from, address, events as ChannelEvents<unknown>),
    };
  }

  /** Takes sessions for `address` until `close`, which breaks them: the process at `address` has ended. */
  listen<Out, In>(address: string, listener: Listener<Out, In>): { close(): void } {
    const untyped = listener as unknown as Listener<unknown, unknown>;
    this.#listeners.set(address, untyped);
    return {
      close: () => {
        if (this.#listeners.get(address) === untyped) this.#listeners.delete(address);
        this.#break((session) => session.to === address, `${address} has stopped`);
      },
    };
  }

  /** What is sent from `from` to `to` arrives this much later; order is kept. */
  delay(from: string, to: string, delayMs: number | (() => number)): void {
    this.#route(from, to).delayMs = typeof delayMs === "number" ? () => delayMs : delayMs;
  }

  /** Keeps what travels from `from` to `to`, dials included, until `release`: one direction. */
  hold(from: string, to: string): void {
    this.#route(from, to).held = true;
  }

  /** Delivers what was held, in order, and what comes after. */
  release(from: string, to: string): void {
    this.#route(from, to).held = false;
    for (const session of this.#sessions) for (const pipe of session.pipes) pipe.pump();
  }

  /**
   * The sessions between the two carry nothing any more, either way, and nobody is told: what a machine
   * leaves behind that lost its power. New sessions are not touched.
   */
  hang(a: string, b: string): void {
    for (const session of this.#sessions) {
      if (isBetween(session, a, b)) for (const pipe of session.pipes) pipe.hang();
    }
  }

  /** Breaks the sessions between the two: both ends are told, what is under way is gone. */
  break(a: string, b: string, reason = "the connection was reset"): void {
    this.#break((session) => isBetween(session, a, b), reason);
  }

  #dial(from: string, to: string, events: ChannelEvents<unknown>): Channel<unknown> {
    const out = this.#pipe(from, to);
    const back = this.#pipe(to, from);
    const session: MemorySession = { from, to, pipes: [out, back] };
    this.#sessions.add(session);
    for (const pipe of session.pipes) {
      pipe.whenOver(() => {
        if (out.isOver && back.isOver) this.#sessions.delete(session);
      });
    }
    back.connect(events);
    out.whenArrived(() => {
      const listener = this.#listeners.get(to);
      if (listener === undefined) {
        out.deafen();
        back.finish(`nothing listens at ${to}`);
      } else {
        out.connect(listener.accept(new MemoryChannel(back, out), from));
      }
    });
    return new MemoryChannel(out, back);
  }

  #pipe(from: string, to: string): MemoryPipe {
    const route = this.#route(from, to);
    return new MemoryPipe(this.#time, route, this.#copy, this.#windowFrames);
  }

  #route(from: string, to: string): Route {
    const name = `${from}\n${to}`;
    let route = this.#routes.get(name);
    if (route === undefined) {
      route = { held: false, delayMs: () => 0 };
      this.#routes.set(name, route);
    }
    return route;
  }

  #break(concerns: (session: MemorySession) => boolean, reason: string): void {
    for (const session of [...this.#sessions]) {
      if (concerns(session)) for (const pipe of session.pipes) pipe.reset(reason);
    }
  }
}

/** One end: sends into one pipe, reads from the other. */
class MemoryChannel implements Channel<unknown> {
  readonly #out: MemoryPipe;
  readonly #in: MemoryPipe;

  constructor(out: MemoryPipe, incoming: MemoryPipe) {
    this.#out = out;
    this.#in = incoming;
  }

  send(frame: unknown, written: () => void): void {
    this.#out.send(frame, written);
  }

  pause(): void {
    this.#in.pause();
  }

  resume(): void {
    this.#in.resume();
  }

  close(reason: string): void {
    this.#in.deafen();
    this.#out.finish(reason);
  }
}

function isBetween(session: MemorySession, a: string, b: string): boolean {
  return (session.from === a && session.to === b) || (session.from === b && session.to === a);
}
