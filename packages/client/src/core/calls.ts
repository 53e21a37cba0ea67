import { type Clock, fraction, type NodeId, type Random, type Timers } from "@coterie/core";
import { Capacity } from "@coterie/peer-session";
import type { ClientCall, ClientReply } from "@coterie/wire";
import { CallEnd } from "./call-end.ts";
import type { ClusterView } from "./cluster-view.ts";
import { CoterieError } from "./coterie-error.ts";
import { LatencyWindow } from "./latency-window.ts";
import type { NodeLink } from "./node-link.ts";
import { RetryBudget } from "./retry-budget.ts";
import { CONGESTED_WAIT_MS, judge, type Verdict } from "./verdict.ts";

export interface CallsOptions {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Calls at once; one more is refused as `OVERLOADED`. */
  readonly callsMax: number;
}

/** One request as the cluster is asked for it, as often as it takes. */
export interface Request {
  /** Made for each attempt, with what is left of the deadline; `retry`: it is not the first. */
  readonly body: (timeoutMs: number, retry: boolean) => ClientCall["body"];
  /** It changes something. It must carry an operation id, which makes a second attempt the same write. */
  readonly writes: boolean;
  /** Who is to be asked first; worked out again for each attempt, for keys may move. */
  readonly primaries: () => readonly NodeId[];
  /** The only node to ask, and no hedge: for what one replica says of itself. */
  readonly only?: NodeId;
  /** Of a write, hexadecimal. */
  readonly operationId?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A reply, and how often it was asked for. */
export interface Performed {
  readonly body: ClientReply["body"];
  /** More than 1: other nodes may carry the request out, too. */
  readonly attempts: number;
}

/** A hedged write leaves a twin behind (two dots of one operation), so it waits longer than a read does. */
const HEDGE_MS_MIN = { reads: 10, writes: 250 };
const HEDGE_MS_MAX = { reads: 300, writes: 500 };
const BACKOFF_MS_MAX = 500;
/**
 * Of a call's time, for the calls before it. A client that is asked for more than the cluster does fills any queue, and
 * then all that it sends is too late; the rest is for what became slower meanwhile.
 */
const QUEUE_SHARE = 0.25;
/** Of what is left of a call's time, for the node: the rest brings its answer back. */
const NODE_SHARE = 0.9;

/**
 * Carries requests to the cluster. A request goes to the replica that is expected to answer first; when its
 * answer is late (after the recent 95th percentile) another is asked too; when one fails, another is,
 * while the deadline and the budgets last. All of that is safe because reads change nothing and writes carry
 * their operation id.
 */
export class Calls {
  readonly #options: CallsOptions;
  readonly #hedges = new RetryBudget(0.1, 200);
  readonly #retries = new RetryBudget(0.2, 1000);
  readonly #latency = { reads: new LatencyWindow(50), writes: new LatencyWindow(100) };
  readonly #active = new Set<CallEnd>();
  readonly #capacity: Capacity;
  /** Until then some node asked that nothing be sent to it. */
  #pauseEndsMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#capacity = new Capacity(options.clock);
  }

  /** The reply of the request's kind. Rejects with a `CoterieError`. */
  async perform(request: Request): Promise<Performed> {
    const { signal, operationId } = request;
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw abortedError(signal, operationId, false);
    const refusal = this.#refusal(request);
    if (refusal !== undefined) throw refusal;
    const end = new CallEnd(this.#options.timers);
    const abort = (): void => end.end(abortedError(signal!, operationId, request.writes));
    signal?.addEventListener("abort", abort, { once: true });
    this.#active.add(end);
    this.#capacity.began(this.#active.size);
    const beganMs = this.#options.clock.monotonicMs();
    let tookMs: number | undefined;
    this.#hedges.earn();
    this.#retries.earn();
    try {
      const performed = await new Promise<Performed>((resolve, reject) => {
        end.onEnd(reject);
        this.#attempts(request, end).then(resolve, reject);
      });
      tookMs = this.#options.clock.monotonicMs() - beganMs;
      return performed;
    } finally {
      this.#active.delete(end);
      this.#capacity.ended(this.#active.size, tookMs);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#active) end.end(closedError());
  }

  async #attempts(request: Request, end: CallEnd): Promise<Performed> {
    const { clock, random } = this.#options;
    const deadlineMs = clock.monotonicMs() + request.timeoutMs;
    const tried = new Set<NodeLink>();
    const sent = { attempts: 0 };
    let doubt = false;
    let last: Verdict | undefined;
    for (let attempt = 0; end.error === undefined; attempt++) {
      if (clock.monotonicMs() < this.#pauseEndsMs) {
        await this.#holdBack(request, tried, deadlineMs, end);
      }
      const leftMs = deadlineMs - clock.monotonicMs();
      if (end.error !== undefined || leftMs < 1 || (attempt > 0 && !this.#retries.spend())) break;
      const targets = this.#targets(request, tried);
      if (targets.length === 0) break;
      const raced = await this.#race(request, targets, leftMs, tried, sent, end);
      if (raced.verdict.type === "done") {
        return { body: raced.verdict.reply.body, attempts: sent.attempts };
      }
      doubt ||= raced.doubt;
      last = raced.verdict;
      if (last.type === "final") break;
      // While a node is left that was not tried and did not ask to be spared, it is asked at once.
      const endedMs = clock.monotonicMs();
      const isSpent = targets.every((link) => tried.has(link) || link.isSpared(endedMs));
      const round = tried.size >= targets.length ? Math.min(BACKOFF_MS_MAX, 10 * 2 ** attempt) : 0;
      const waitMs = (isSpent ? Math.max(last.waitMs, round) : 0) * (0.5 + fraction(random));
      if (waitMs > 0) await end.sleep(Math.min(waitMs, deadlineMs - clock.monotonicMs()));
    }
    throw end.error ?? failureOf(request, last, doubt);
  }

  /** Before anything is made for the call: what is refused must cost next to nothing, or refusing is an overload, too. */
  #refusal({ timeoutMs, operationId }: Request): CoterieError | undefined {
    const calls = this.#active.size;
    const waitMs = this.#capacity.waitMs(calls);
    const isFull = calls >= this.#options.callsMax;
    if (!isFull && waitMs <= QUEUE_SHARE * timeoutMs) return undefined;
    const wait = isFull ? "" : `, which take about ${Math.round(waitMs)} ms`;
    return new CoterieError(
      "OVERLOADED",
      `${calls} calls are under way already${wait}, and nothing of this one was sent: start fewer at once, or wait for some to end`,
      { operationId, retryAfterMs: CONGESTED_WAIT_MS },
    );
  }

  /**
   * While every node that answers has asked that nothing be sent, nothing is: that is kept by all calls, not only by
   * those that were refused, and costs no retry.
   */
  async #holdBack(
    request: Request,
    tried: Set<NodeLink>,
    deadlineMs: number,
    end: CallEnd,
  ): Promise<void> {
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    const up = this.#targets(request, tried).filter(({ state }) => state === "up");
    const askedMs = up.map((link) => link.overloadedMs(nowMs));
    const heldMs = up.length === 0 ? 0 : Math.min(...askedMs) * (1 + fraction(random));
    if (heldMs > 0 && nowMs + heldMs < deadlineMs) await end.sleep(heldMs);
  }

  #targets({ primaries, only }: Request, tried: Set<NodeLink>): NodeLink[] {
    const { view } = this.#options;
    if (only !== undefined) {
      const link = view.linkTo(only);
      return link === undefined ? [] : [link];
    }
    const all = view.candidates(primaries());
    if (all.every((link) => tried.has(link))) tried.clear();
    return [...all.filter((link) => !tried.has(link)), ...all.filter((link) => tried.has(link))];
  }

  /** One attempt, and its hedges when it is late. Ends with the first answer that settles the request. */
  #race(
    { body, writes }: Request,
    [first, ...rest]: readonly NodeLink[],
    leftMs: number,
    tried: Set<NodeLink>,
    sent: { attempts: number },
    end: CallEnd,
  ): Promise<{ verdict: Verdict; doubt: boolean }> {
    const { clock, view, random } = this.#options;
    const deadlineMs = clock.monotonicMs() + leftMs;
    const kind = writes ? "writes" : "reads";
    return new Promise((resolve) => {
      let pending = 0;
      let doubt = false;
      let cancelHedge = (): void => {};
      const launch = async (link: NodeLink, isHedge: boolean): Promise<void> => {
        pending++;
        tried.add(link);
        const startMs = clock.monotonicMs();
        const patienceMs = deadlineMs - startMs;
        const asked = body(Math.ceil(patienceMs * NODE_SHARE), sent.attempts++ > 0);
        const result = await link.call(asked, patienceMs);
        pending--;
        if (result.type === "reply") {
          view.noticeEpoch(result.reply.epoch);
          if (!isHedge) this.#latency[kind].add(clock.monotonicMs() - startMs);
        }
        const verdict = judge(result, writes, link.state === "up");
        if (verdict.type === "again" && verdict.spareMs > 0) {
          const ms = verdict.spareMs * (0.5 + fraction(random));
          if (verdict.code === "OVERLOADED") {
            link.overloadedFor(ms);
            this.#pauseEndsMs = Math.max(this.#pauseEndsMs, clock.monotonicMs() + ms);
          } else {
            link.spareFor(ms);
          }
        }
        doubt ||= verdict.type === "again" && verdict.doubt;
        if (verdict.type === "again" && pending > 0) return;
        cancelHedge();
        resolve({ verdict, doubt });
      };
      /** A late answer has the next node asked; where hedges are spent, later and as a retry. */
      const hedge = (next: readonly NodeLink[], delayMs: number, budget: RetryBudget): void => {
        const [link, ...others] = next;
        if (link === undefined || clock.monotonicMs() + delayMs >= deadlineMs) return;
        cancelHedge = end.after(delayMs, () => {
          if (!budget.spend()) return hedge(next, 2 * delayMs, this.#retries);
          void launch(link, true);
          hedge(others, 2 * delayMs, this.#hedges);
        });
      };
      void launch(first!, false);
      const lateMs = this.#latency[kind].p95Ms * 1.5;
      const hedgeMs = Math.min(Math.max(lateMs, HEDGE_MS_MIN[kind]), HEDGE_MS_MAX[kind]);
      hedge(rest, hedgeMs, this.#hedges);
    });
  }
}

function failureOf(
  { operationId, timeoutMs }: Request,
  last: Verdict | undefined,
  doubt: boolean,
): CoterieError {
  const detail = last === undefined || last.type === "done" ? `no node is known` : last.detail;
  const counts =
    last?.type === "again"
      ? {
          required: last.required,
          received: last.received,
          ...(last.code === "OVERLOADED" && { retryAfterMs: last.waitMs }),
        }
      : undefined;
  // Once an attempt is in doubt a later refusal cannot take it back.
  if (doubt) {
    return new CoterieError(
      "IN_DOUBT",
      `the write may or may not have been done (${detail}): call again with operationId "${operationId}", which is safe, or read`,
      { ...counts, operationId },
    );
  }
  if (last?.type === "final") return new CoterieError(last.code, detail, { operationId });
  const code = last?.type === "again" ? last.code : "UNAVAILABLE";
  return new CoterieError(
    code,
    `${detail} (gave up after ${timeoutMs} ms at most; nothing was done)`,
    {
      ...counts,
      operationId,
    },
  );
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
