import { type Clock, encodeUtf8, xxh64 } from "@coterie/core";

/** One thing that happened. */
export interface LoggedEvent {
  /** Virtual milliseconds since the start of the run. */
  readonly atMs: number;
  /** Who: a node, a client, or the world. */
  readonly who: string;
  readonly what: string;
  /** The key it happened to, when it is one key's. */
  readonly key: string | undefined;
  /** What belongs to it and differs by installation, such as a stack: for people, no part of lines and digest. */
  readonly aside?: string;
}

/** Lines that are hashed at a time. */
const CHUNK = 256;

/** What happened in a run, in order. Two runs of one seed have the same digest. */
export class EventLog {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #events: LoggedEvent[] = [];

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  add(who: string, what: string, key?: string, aside?: string): void {
    const event = { atMs: this.#clock.monotonicMs(), who, what, key };
    this.#events.push(aside === undefined ? event : { ...event, aside });
  }

  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  /** The log as lines of text, byte for byte the same for the same seed. */
  lines(): string[] {
    return this.#events.map(lineOf);
  }

  /** 16 hexadecimal digits over all lines. */
  digest(): string {
    let digest = "";
    for (let at = 0; at < this.#events.length; at += CHUNK) {
      const lines = this.#events.slice(at, at + CHUNK).map(lineOf);
      const { high, low } = xxh64(encodeUtf8(`${digest}\n${lines.join("\n")}`));
      digest = hex(high) + hex(low);
    }
    return digest;
  }
}

/** One event as a line: time, who, the key if it is about one, what. */
export function lineOf({ atMs, who, what, key }: LoggedEvent): string {
  return `${atMs.toFixed(3).padStart(12)}  ${who.padEnd(7)}  ${key === undefined ? "" : `${key}: `}${what}`;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
