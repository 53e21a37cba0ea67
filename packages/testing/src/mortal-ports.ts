import type { Clock, Timer, Timers } from "@coterie/core";
import type { Channel, Dialer } from "@coterie/peer-session";

/** Time and network as one process has them. When it dies its timers are gone and its channels are cut. */
export class MortalPorts implements Clock, Timers {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #set = new Set<Timer>();
  readonly #channels = new Set<Channel<never>>();
  #alive = true;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  die(): void {
    this.#alive = false;
    for (const timer of this.#set) timer.cancel();
    for (const channel of this.#channels) channel.close("the process ended");
    this.#set.clear();
    this.#channels.clear();
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): Timer {
    if (!this.#alive) return { cancel: () => {} };
    const timer = this.#timers.after(delayMs, () => {
      this.#set.delete(timer);
      callback();
    });
    this.#set.add(timer);
    return {
      cancel: () => {
        this.#set.delete(timer);
        timer.cancel();
      },
    };
  }

  endOfTurn(callback: () => void): void {
    this.#timers.endOfTurn(() => {
      if (this.#alive) callback();
    });
  }

  dialer<Out, In>(dialer: Dialer<Out, In>): Dialer<Out, In> {
    return {
      dial: (address, events) => {
        const channel = dialer.dial(address, {
          frame: (frame) => {
            if (this.#alive) events.frame(frame);
          },
          closed: (reason) => {
            this.#channels.delete(channel);
            if (this.#alive) events.closed(reason);
          },
        });
        this.#channels.add(channel);
        return {
          send: (frame, written) =>
            channel.send(frame, () => {
              if (this.#alive) written();
            }),
          pause: () => channel.pause(),
          resume: () => channel.resume(),
          close: (reason) => {
            this.#channels.delete(channel);
            channel.close(reason);
          },
        };
      },
    };
  }
}
