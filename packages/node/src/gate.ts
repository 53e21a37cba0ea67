import { Error_Code } from "@coterie/wire";
import { type Failure, failure } from "./failure.ts";

/** What a node holds at once for clients. */
export interface GateLimits {
  /** Requests. More rides out longer bursts, and lets each of them wait longer when the node is slow. */
  readonly requestsMax: number;
  /** Bytes of their keys and values, roughly. */
  readonly bytesMax: number;
}

export const GATE_LIMITS: GateLimits = { requestsMax: 8_192, bytesMax: 128 * 1024 * 1024 };

/** A node that takes longer than this for a step takes in less, in proportion. */
const HEALTHY_MS = 500;
/** Some are always let in: they are how the node finds out that it is well again. */
const REQUESTS_MIN = 64;
/** How long a client that was refused is asked to wait. */
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/**
 * Bounds what a node has under way for clients, and refuses the rest before anything is done, with the time
 * after which it is worth asking again: a queue that grows without bound answers everybody too late. The
 * slower the node is, the fewer it takes in, so that those which it does take still meet their deadlines.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #slownessMs: () => number;
  #requests = 0;
  #bytes = 0;
  #refused = 0;

  constructor(limits: GateLimits, slownessMs: () => number) {
    this.#limits = limits;
    this.#slownessMs = slownessMs;
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests that were refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Does the work, of about so many bytes, or says why not now. */
  async pass<T>(bytes: number, work: () => Promise<T>): Promise<T | Failure> {
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) return refusal;
    this.#requests++;
    this.#bytes += bytes;
    try {
      return await work();
    } finally {
      this.#requests--;
      this.#bytes -= bytes;
    }
  }

  #refusal(bytes: number): Failure | undefined {
    const { requestsMax, bytesMax } = this.#limits;
    const isFull = this.#requests >= requestsMax || this.#bytes + bytes > bytesMax;
    // Few are let in however slow the node is, so the clock is asked only when there are many.
    if (!isFull && this.#requests < REQUESTS_MIN) return undefined;
    const slownessMs = this.#slownessMs();
    const share = Math.min(1, HEALTHY_MS / Math.max(1, slownessMs));
    const allowed = Math.max(REQUESTS_MIN, requestsMax * share);
    if (!isFull && this.#requests < allowed) return undefined;
    this.#refused++;
    const retryAfterMs = Math.round(Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, slownessMs / 2)));
    return failure(
      Error_Code.OVERLOADED,
      `this node has ${this.#requests} requests of ${this.#bytes} bytes under way and takes no more at present: ask another, or this one in ${retryAfterMs} ms; nothing was done`,
      { retryAfterMs },
    );
  }
}
