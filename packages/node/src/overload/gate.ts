import type { Clock } from "@coterie/core";
import { Capacity } from "@coterie/peer-session";
import { Error_Code } from "@coterie/wire";
import { type Failure, failure, isFailure } from "../failure.ts";

/** What a node holds at once for clients. */
export interface GateLimits {
  /** Requests, whatever their deadlines are: bounds memory. */
  readonly requestsMax: number;
  /** Bytes of their keys and values, roughly. */
  readonly bytesMax: number;
}

export const GATE_LIMITS: GateLimits = { requestsMax: 8_192, bytesMax: 128 * 1024 * 1024 };

/** A message of the wire: an answer, or why there is none. */
interface Reply {
  readonly $typeName: string;
}

/** What one request asks of the gate. */
export interface Claim {
  /** Of its key and value, roughly. */
  readonly bytes: number;
  /** What is left of its deadline. */
  readonly timeoutMs: number;
}

/** A node that takes longer than this for a step takes in less, in proportion. */
const HEALTHY_MS = 500;
/** Some are always let in: they are how the node finds out that it is well again. */
const REQUESTS_MIN = 64;
/**
 * Of what a request's deadline leaves, for the requests before it. More fills the queue with what is answered too
 * late as soon as the node becomes slower than it was; less refuses what a longer wait would have served.
 */
const WAIT_SHARE = 0.5;
/** How long a client that was refused is asked to wait. */
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/**
 * Bounds what a node has under way for clients by the time that it takes, and refuses the rest before anything is
 * done, with the time after which it is worth asking again. A request is let in when what is under way before it ends,
 * at the rate of late, well within its deadline: a queue of a fixed length is too short for one machine and answers
 * everybody too late on another. Replicas' work passes no gate, for others wait for it midway.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #clock: Clock;
  readonly #slownessMs: () => number;
  readonly #capacity: Capacity;
  #requests = 0;
  #bytes = 0;
  #refused = 0;

  /** `slownessMs`: the longest that a step of the node took lately. */
  constructor(limits: GateLimits, clock: Clock, slownessMs: () => number) {
    this.#limits = limits;
    this.#clock = clock;
    this.#slownessMs = slownessMs;
    this.#capacity = new Capacity(clock);
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests that were refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Does the work, or says why not now. */
  pass<T extends Reply>(claim: Claim, work: () => Promise<T>): Promise<T | Failure> {
    const refusal = this.#refusal(claim);
    if (refusal !== undefined) return Promise.resolve(refusal);
    this.#requests++;
    this.#bytes += claim.bytes;
    this.#capacity.began(this.#requests);
    const beganMs = this.#clock.monotonicMs();
    return begun(work).then(
      (result) => {
        const isDone = !isFailure(result);
        this.#leave(claim, isDone ? this.#clock.monotonicMs() - beganMs : undefined);
        return result;
      },
      (error) => {
        this.#leave(claim, undefined);
        throw error;
      },
    );
  }

  #leave({ bytes }: Claim, tookMs: number | undefined): void {
    this.#requests--;
    this.#bytes -= bytes;
    this.#capacity.ended(this.#requests, tookMs);
  }

  #refusal({ bytes, timeoutMs }: Claim): Failure | undefined {
    const { requestsMax, bytesMax } = this.#limits;
    const isFull = this.#requests >= requestsMax || this.#bytes + bytes > bytesMax;
    // Few are let in however slow the node is, so that the clock is asked only when there are many.
    if (!isFull && this.#requests < REQUESTS_MIN) return undefined;
    const slownessMs = this.#slownessMs();
    const waitMs = this.#capacity.waitMs(this.#requests);
    const isLate = waitMs > WAIT_SHARE * timeoutMs;
    const share = Math.min(1, HEALTHY_MS / Math.max(1, slownessMs));
    const isSlow = this.#requests >= Math.max(REQUESTS_MIN, requestsMax * share);
    if (!isFull && !isLate && !isSlow) return undefined;
    this.#refused++;
    const askedMs = Math.max(RETRY_MS_MIN, slownessMs / 2, waitMs / 4);
    const retryAfterMs = Math.round(Math.min(RETRY_MS_MAX, askedMs));
    const why = isLate
      ? `about ${Math.round(waitMs)} ms of work before a request that has ${Math.round(timeoutMs)} ms left`
      : `${this.#requests} requests of ${this.#bytes} bytes under way`;
    return failure(
      Error_Code.OVERLOADED,
      `this node has ${why}, and takes no more at present: ask another, or this one in ${retryAfterMs} ms; nothing was done`,
      { retryAfterMs },
    );
  }
}

/** What throws at once rejects, like what throws later: whoever is let in leaves. */
function begun<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
