import type { Clock, Random, Timers } from "@coterie/core";
import { Capacity } from "@coterie/peer-session";
import type { ClusterView } from "./cluster-view.ts";
import { CoterieError, stacklessError } from "./coterie-error.ts";
import { Course, type Shared } from "./course.ts";
import { LatencyWindow } from "./latency-window.ts";
import type { Performed, Request } from "./request.ts";
import { RetryBudget } from "./retry-budget.ts";
import { CONGESTED_WAIT_MS } from "./verdict.ts";

export interface CallsOptions {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Calls at once; one more is refused as `OVERLOADED`. */
  readonly callsMax: number;
}

/** What a call asks for before it is made. */
interface Claim {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly operationId?: string | undefined;
}

/**
 * Of a call's time, for the calls before it. A client that is asked for more than the cluster does fills any queue, and
 * then all that it sends is too late; the rest is for what became slower meanwhile.
 */
const QUEUE_SHARE = 0.25;

/**
 * Carries requests to the cluster. A request goes to the replica that is expected to answer first; when its
 * answer is late (after the recent 95th percentile) another is asked too; when one fails, another is,
 * while the deadline and the budgets last. All of that is safe because reads change nothing and writes carry
 * their operation id.
 */
export class Calls {
  readonly #options: CallsOptions;
  readonly #shared: Shared;
  readonly #active = new Set<Course>();
  readonly #capacity: Capacity;
  #closed = false;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#capacity = new Capacity(options.clock);
    this.#shared = {
      ...options,
      hedges: new RetryBudget(0.1, 200),
      retries: new RetryBudget(0.2, 1000),
      latency: { reads: new LatencyWindow(50), writes: new LatencyWindow(100) },
      pauseEndsMs: Number.NEGATIVE_INFINITY,
    };
  }

  /** The reply of the request's kind. Rejects with a `CoterieError`. */
  perform(request: Request): Promise<Performed> {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#shared.hedges.earn();
    this.#shared.retries.earn();
    return new Promise((resolve, reject) => this.#carryOut(request, resolve, reject));
  }

  close(): void {
    this.#closed = true;
    for (const course of this.#active) course.end(closedError());
  }

  #carryOut(
    request: Request,
    resolve: (performed: Performed) => void,
    reject: (error: CoterieError) => void,
  ): void {
    const { signal, operationId, writes } = request;
    const { clock } = this.#options;
    const beganMs = clock.monotonicMs();
    const course = new Course(this.#shared, request, (outcome) => {
      this.#active.delete(course);
      if (abort !== undefined) signal?.removeEventListener("abort", abort);
      const isDone = !(outcome instanceof CoterieError);
      this.#capacity.ended(this.#active.size, isDone ? clock.monotonicMs() - beganMs : undefined);
      if (isDone) resolve(outcome);
      else reject(outcome);
    });
    const abort = signal && (() => course.end(abortedError(signal, operationId, writes)));
    if (abort !== undefined) signal?.addEventListener("abort", abort, { once: true });
    this.#active.add(course);
    this.#capacity.began(this.#active.size);
    course.begin();
  }

  /**
   * Why a call is not begun now. To be asked before anything is made for it: what is refused must cost next to nothing, or
   * refusing is an overload, too.
   */
  refusal({ timeoutMs, operationId, signal }: Claim): CoterieError | undefined {
    if (this.#closed) return closedError();
    if (signal?.aborted) return abortedError(signal, operationId, false);
    const calls = this.#active.size;
    const waitMs = this.#capacity.waitMs(calls);
    const isFull = calls >= this.#options.callsMax;
    if (!isFull && waitMs <= QUEUE_SHARE * timeoutMs) return undefined;
    const wait = isFull ? "" : `, which take about ${Math.round(waitMs)} ms`;
    return stacklessError(
      "OVERLOADED",
      `${calls} calls are under way already${wait}, and nothing of this one was sent: start fewer at once, or wait for some to end`,
      { operationId, retryAfterMs: CONGESTED_WAIT_MS },
    );
  }
}

function closedError(): CoterieError {
  return new CoterieError("CLOSED", "the store is closed: connect again");
}

function abortedError(
  signal: AbortSignal,
  operationId: string | undefined,
  sent: boolean,
): CoterieError {
  const message = sent
    ? "the call was aborted; its write may have been done all the same"
    : "the call was aborted";
  return new CoterieError("ABORTED", message, { cause: signal.reason, operationId });
}
