import type { Clock, Timers } from "@coterie/core";
import type { ChannelEvents } from "../ports.ts";

/** One direction between two endpoints, shared by all sessions on it. */
export interface Route {
  held: boolean;
  delayMs: () => number;
}

/** What is under way: a frame, which takes room in the window, or the opening or end of the session. */
type Item = { readonly readyMs: number } & (
  | { readonly frame: unknown }
  | { readonly deliver: () => void }
);

/** One direction of one session. */
export class MemoryPipe {
  readonly #time: Clock & Timers;
  readonly #route: Route;
  readonly #copy: <T>(frame: T) => T;
  readonly #windowFrames: number;
  #items: Item[] = [];
  #underWay = 0;
  #unwritten: (() => void)[] = [];
  #events: ChannelEvents<unknown> | undefined;
  #over: () => void = () => {};
  #isOver = false;
  #lastReadyMs = 0;
  #paused = false;
  #hung = false;
  #finished = false;
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(time: Clock & Timers, route: Route, copy: <T>(frame: T) => T, windowFrames: number) {
    this.#time = time;
    this.#route = route;
    this.#copy = copy;
    this.#windowFrames = windowFrames;
  }

  /** The reading end knows that the session has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  whenOver(over: () => void): void {
    this.#over = over;
  }

  /** The reading end is there. */
  connect(events: ChannelEvents<unknown>): void {
    if (!this.#isOver) this.#events = events;
  }

  /** The first thing in the pipe: what happens when the dial arrives. */
  whenArrived(arrived: () => void): void {
    this.#push({ readyMs: this.#readyMs(), deliver: arrived });
  }

  send(frame: unknown, written: () => void): void {
    if (this.#finished) return;
    this.#unwritten.push(written);
    this.#underWay++;
    this.#push({ readyMs: this.#readyMs(), frame: this.#copy(frame) });
    this.#acknowledge();
  }

  /** The sender is done: after what is under way the reader is told why. */
  finish(reason: string): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#unwritten = [];
    this.#push({ readyMs: this.#readyMs(), deliver: () => this.#tellClosed(reason) });
  }

  /** What is under way is gone and the reader is told at once, whatever holds or delays. */
  reset(reason: string): void {
    this.#finished = true;
    this.#hung = true;
    this.#items = [];
    this.#unwritten = [];
    this.#time.endOfTurn(() => this.#tellClosed(reason));
  }

  /** The reading end wants nothing more. */
  deafen(): void {
    this.#finished = true;
    this.#unwritten = [];
    this.#items = this.#items.filter((item) => "deliver" in item);
    this.#end();
  }

  hang(): void {
    this.#hung = true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  /** Delivers, later in this turn, what is due. */
  pump(): void {
    const next = this.#items[0];
    if (next === undefined || this.#stopped) return;
    const readyMs = Math.max(next.readyMs, this.#time.monotonicMs());
    if (readyMs >= this.#wakeMs) return;
    this.#wakeMs = readyMs;
    const delayMs = readyMs - this.#time.monotonicMs();
    if (delayMs > 0) this.#time.after(delayMs, this.#wake);
    else this.#time.endOfTurn(this.#wake);
  }

  readonly #wake = (): void => {
    this.#wakeMs = Number.POSITIVE_INFINITY;
    this.#deliver();
  };

  get #stopped(): boolean {
    return this.#route.held || this.#hung || this.#paused;
  }

  #deliver(): void {
    const nowMs = this.#time.monotonicMs();
    for (let next = this.#items[0]; next !== undefined; next = this.#items[0]) {
      if (this.#stopped || next.readyMs > nowMs) break;
      this.#items.shift();
      if ("deliver" in next) {
        next.deliver();
      } else {
        this.#underWay--;
        this.#events?.frame(next.frame);
      }
    }
    this.#acknowledge();
    this.pump();
  }

  #push(item: Item): void {
    this.#items.push(item);
    this.pump();
  }

  /** When what goes in now comes out: never before what went in earlier. */
  #readyMs(): number {
    const readyMs = this.#time.monotonicMs() + this.#route.delayMs();
    this.#lastReadyMs = Math.max(readyMs, this.#lastReadyMs);
    return this.#lastReadyMs;
  }

  /**
   * `written` comes while there is room in the window, so that the sender feels a reader that has stopped: never from
   * inside `send`, and without an event of its own, of which there would be one for every frame.
   */
  #acknowledge(): void {
    while (this.#unwritten.length > 0 && this.#underWay < this.#windowFrames) {
      const written = this.#unwritten.shift()!;
      void Promise.resolve().then(() => {
        if (!this.#finished) written();
      });
    }
  }

  #tellClosed(reason: string): void {
    const events = this.#events;
    this.#end();
    events?.closed(reason);
  }

  #end(): void {
    this.#events = undefined;
    this.#isOver = true;
    this.#over();
  }
}
