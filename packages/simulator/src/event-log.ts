import { type Clock, xxh64 } from "@coterie/core";

/** One thing that happened. */
export interface LoggedEvent {
  /** Virtual milliseconds since the start of the run. */
  readonly atMs: number;
  /** Who: a node, a client, or the world. */
  readonly who: string;
  readonly what: string;
}

/** What happened in a run, in order. Two runs of one seed have the same digest. */
export class EventLog {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #events: LoggedEvent[] = [];

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  add(who: string, what: string): void {
    this.#events.push({ atMs: this.#clock.monotonicMs(), who, what });
  }

  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  /** The log as lines of text, byte for byte the same for the same seed. */
  lines(about?: (event: LoggedEvent) => boolean): string[] {
    const events = about === undefined ? this.#events : this.#events.filter(about);
    return events.map(({ atMs, who, what }) => `${atMs.toFixed(3).padStart(12)}  ${who}  ${what}`);
  }

  /** 16 hexadecimal digits over all lines. */
  digest(): string {
    let state = new Uint8Array();
    for (const line of this.lines()) {
      const bytes = new Uint8Array(state.length + line.length);
      bytes.set(state);
      for (let i = 0; i < line.length; i++) bytes[state.length + i] = line.charCodeAt(i);
      const { high, low } = xxh64(bytes);
      state = new Uint8Array(new Uint32Array([high, low]).buffer);
    }
    return [...state].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
