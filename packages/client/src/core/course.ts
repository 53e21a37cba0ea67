import { type Clock, fraction, type Random, type Timer, type Timers } from "@coterie/core";
import type { CallResult } from "@coterie/peer-session";
import type { ClientReply } from "@coterie/wire";
import type { ClusterView } from "./cluster-view.ts";
import type { CoterieError } from "./coterie-error.ts";
import { failureOf } from "./failure-of.ts";
import type { LatencyWindow } from "./latency-window.ts";
import type { NodeLink } from "./node-link.ts";
import type { Performed, Request } from "./request.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What the calls of one store share. */
export interface Shared {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly hedges: RetryBudget;
  readonly retries: RetryBudget;
  readonly latency: { readonly reads: LatencyWindow; readonly writes: LatencyWindow };
  /** Until then some node asked that nothing be sent to it. */
  pauseEndsMs: number;
}

/** A hedged write leaves a twin behind (two dots of one operation), so it waits longer than a read does. */
const HEDGE_MS_MIN = { reads: 10, writes: 250 };
const HEDGE_MS_MAX = { reads: 300, writes: 500 };
const BACKOFF_MS_MAX = 500;
/** Of what is left of a call's time, for the node: the rest brings its answer back. */
const NODE_SHARE = 0.9;

/**
 * One call on its way: attempts one after the other, each with its hedges when it is late, until an answer settles it or
 * time and budgets are spent. It tells its outcome once. A state machine with one timer: with `async` functions, a promise
 * and listeners for each step, a get took client and nodes together a fifth more of their JavaScript.
 */
export class Course {
  readonly #shared: Shared;
  readonly #request: Request;
  readonly #deadlineMs: number;
  readonly #done: (outcome: Performed | CoterieError) => void;
  #tried: NodeLink[] = [];
  #targets: readonly NodeLink[] = [];
  /** Attempts that were begun, and calls that were sent for them. */
  #attempts = 0;
  #sent = 0;
  /** Calls of this attempt that are under way. */
  #pending = 0;
  #doubt = false;
  #last: Verdict | undefined;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(shared: Shared, request: Request, done: (outcome: Performed | CoterieError) => void) {
    this.#shared = shared;
    this.#request = request;
    this.#done = done;
    this.#deadlineMs = shared.clock.monotonicMs() + request.timeoutMs;
  }

  begin(): void {
    const nowMs = this.#shared.clock.monotonicMs();
    const heldMs = nowMs < this.#shared.pauseEndsMs ? this.#heldMs(nowMs) : 0;
    if (heldMs > 0) this.#wait(heldMs, () => this.#attempt());
    else this.#attempt();
  }

  /** The caller's signal, or the store's close. What was sent may be done all the same. */
  end(error: CoterieError): void {
    this.#finish(error);
  }

  #attempt(): void {
    const { clock, retries, latency, hedges } = this.#shared;
    const nowMs = clock.monotonicMs();
    const isSpent = this.#attempts > 0 && !retries.spend();
    this.#targets = isSpent || this.#deadlineMs - nowMs < 1 ? [] : this.#rank();
    const [first] = this.#targets;
    if (first === undefined) {
      this.#fail();
      return;
    }
    this.#attempts++;
    this.#launch(first, false, nowMs);
    const kind = this.#request.writes ? "writes" : "reads";
    const lateMs = latency[kind].p95Ms * 1.5;
    this.#hedge(1, Math.min(Math.max(lateMs, HEDGE_MS_MIN[kind]), HEDGE_MS_MAX[kind]), hedges);
  }

  /** Those that were not tried first. */
  #rank(): readonly NodeLink[] {
    const { view } = this.#shared;
    const { primaries, only } = this.#request;
    if (only !== undefined) {
      const link = view.linkTo(only);
      return link === undefined ? [] : [link];
    }
    const all = view.candidates(primaries());
    const tried = this.#tried;
    if (tried.length === 0) return all;
    if (all.every((link) => tried.includes(link))) this.#tried = [];
    return [
      ...all.filter((link) => !this.#tried.includes(link)),
      ...all.filter((link) => this.#tried.includes(link)),
    ];
  }

  #launch(link: NodeLink, isHedge: boolean, nowMs: number): void {
    this.#pending++;
    if (!this.#tried.includes(link)) this.#tried.push(link);
    const patienceMs = this.#deadlineMs - nowMs;
    const body = this.#request.body(Math.ceil(patienceMs * NODE_SHARE), this.#sent++ > 0);
    void link.call(body, patienceMs, (result, endMs) => {
      this.#pending--;
      this.#answered(link, isHedge, nowMs, endMs, result);
    });
  }

  #answered(
    link: NodeLink,
    isHedge: boolean,
    startMs: number,
    nowMs: number,
    result: CallResult<ClientReply>,
  ): void {
    const { view, latency, random } = this.#shared;
    const { writes } = this.#request;
    if (result.type === "reply") {
      view.noticeEpoch(result.reply.epoch);
      if (!isHedge) latency[writes ? "writes" : "reads"].add(nowMs - startMs);
    }
    const verdict = judge(result, writes, link.state === "up");
    if (verdict.type === "again" && verdict.spareMs > 0) {
      const ms = verdict.spareMs * (0.5 + fraction(random));
      if (verdict.code === "OVERLOADED") {
        link.overloadedFor(ms);
        this.#shared.pauseEndsMs = Math.max(this.#shared.pauseEndsMs, nowMs + ms);
      } else {
        link.spareFor(ms);
      }
    }
    if (!this.#isOver) this.#judged(verdict, nowMs);
  }

  #judged(verdict: Verdict, nowMs: number): void {
    if (verdict.type === "done") {
      this.#finish({ body: verdict.reply.body, attempts: this.#sent });
      return;
    }
    this.#last = verdict;
    if (verdict.type === "final") {
      this.#fail();
      return;
    }
    this.#doubt ||= verdict.doubt;
    if (this.#pending > 0) return;
    this.#timer?.cancel();
    // While a node is left that was not tried and did not ask to be spared, it is asked at once.
    const tried = this.#tried;
    const isSpent = this.#targets.every((link) => tried.includes(link) || link.isSpared(nowMs));
    const backoffMs = Math.min(BACKOFF_MS_MAX, 10 * 2 ** (this.#attempts - 1));
    const roundMs = tried.length >= this.#targets.length ? backoffMs : 0;
    const askedMs = isSpent ? Math.max(verdict.waitMs, roundMs) : 0;
    const waitMs = askedMs * (0.5 + fraction(this.#shared.random));
    if (waitMs > 0) this.#wait(Math.min(waitMs, this.#deadlineMs - nowMs), () => this.begin());
    else this.begin();
  }

  /**
   * While every node that answers has asked that nothing be sent, nothing is: that is kept by all calls, not only by
   * those that were refused, and costs no retry.
   */
  #heldMs(nowMs: number): number {
    const up = this.#rank().filter(({ state }) => state === "up");
    const askedMs = up.map((link) => link.overloadedMs(nowMs));
    const heldMs = up.length === 0 ? 0 : Math.min(...askedMs) * (1 + fraction(this.#shared.random));
    return nowMs + heldMs < this.#deadlineMs ? heldMs : 0;
  }

  /** A late answer has the next node asked; where hedges are spent, later and as a retry. */
  #hedge(next: number, delayMs: number, budget: RetryBudget): void {
    const { clock, timers, hedges, retries } = this.#shared;
    const link = this.#targets[next];
    if (link === undefined || clock.monotonicMs() + delayMs >= this.#deadlineMs) return;
    this.#timer = timers.after(delayMs, () => {
      if (!budget.spend()) {
        this.#hedge(next, 2 * delayMs, retries);
        return;
      }
      this.#launch(link, true, clock.monotonicMs());
      this.#hedge(next + 1, 2 * delayMs, hedges);
    });
  }

  #wait(delayMs: number, then: () => void): void {
    this.#timer = this.#shared.timers.after(Math.max(0, delayMs), then);
  }

  #fail(): void {
    this.#finish(failureOf(this.#request, this.#last, this.#doubt));
  }

  #finish(outcome: Performed | CoterieError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#done(outcome);
  }
}
