import { assert, fraction, isNodeId, type NodeId } from "@coterie/core";
import { type Ballot, compareBallots } from "./ballot.ts";
import { type AcceptorSets, changeMembership, type Membership } from "./membership.ts";
import type { Proposal, Reply, Request } from "./message.ts";
import type { Change, Outcome } from "./outcome.ts";
import type { Job, ProposerEffect, ProposerOptions, ProposerState } from "./proposer-state.ts";
import {
  isSettled,
  isWithinReach,
  membersOf,
  type Shortfall,
  setsThatChoose,
  shortfalls,
} from "./quorum.ts";
import {
  type AcceptPhase,
  coveredRead,
  highestAccepted,
  type Intent,
  mustBeCompleted,
  type Phase,
  type PreparePhase,
  setsThatCover,
} from "./round.ts";

/**
 * The proposer of CASPaxos (Rystsov 2018): a register without leader or log. Each change takes a round
 * of two phases: prepare reads the state and shuts out older ballots, accept writes what the change
 * makes of it. Pure: the caller passes `nowMs` (a clock that never goes back), carries out the effects,
 * and calls `tick` at `deadlineMs`. One change at a time.
 *
 * 1. A state is built on only after a majority of *each* set that decides on it has promised.
 * 2. A proposal is chosen by majorities of each set of its base *and* of the membership it names.
 * 3. No proposal is built on a change of membership that is not known to be chosen: such a one is first
 *    proposed again, as it is (`complete`).
 * 4. After a change of membership was chosen, one more round under the new members alone (the paper's
 *    identity transition, §2.3) releases those who were removed.
 */
export class Proposer {
  readonly #options: ProposerOptions;
  #counter: number;
  #membership: Membership;
  #job: Job | undefined;

  /** `state` goes on where another one stood: for explorers; else left out. */
  constructor(options: ProposerOptions, state?: ProposerState) {
    assert(isNodeId(options.id), "a proposer id is 1 to 64 characters of a-z A-Z 0-9 . _ -");
    this.#options = options;
    this.#counter = state?.counter ?? 0;
    this.#membership = state?.membership ?? options.membership;
    this.#job = state?.job;
  }

  get state(): ProposerState {
    return { counter: this.#counter, membership: this.#membership, job: this.#job };
  }

  /** The newest membership known to be chosen. */
  get membership(): Membership {
    return this.#membership;
  }

  /** When `tick` next has work; `Infinity` while no change is under way. */
  get deadlineMs(): number {
    if (this.#job === undefined) return Number.POSITIVE_INFINITY;
    const { phase, deadlineMs } = this.#job;
    return Math.min(deadlineMs, phase.type === "backoff" ? phase.untilMs : phase.resendAtMs);
  }

  /** Another proposer's `ok` outcome named this membership; older ones are ignored. */
  learn(membership: Membership): void {
    if (membership.version > this.#membership.version) this.#membership = membership;
  }

  /** Begins a change; exactly one `outcome` follows, at `deadlineMs` at the latest. */
  propose(nowMs: number, change: Change, deadlineMs: number): ProposerEffect[] {
    assert(this.#job === undefined, "a proposer makes one change at a time");
    const unsettled = undefined;
    const phase = { type: "backoff" as const, untilMs: nowMs };
    this.#job = { change, deadlineMs, outvoted: 0, wrote: false, unsettled, phase };
    return this.#prepare(nowMs);
  }

  /** Does what is due: asks silent acceptors again, begins the next round, gives up. */
  tick(nowMs: number): ProposerEffect[] {
    const job = this.#job;
    if (job === undefined || nowMs < this.deadlineMs) return [];
    if (nowMs >= job.deadlineMs) return this.#giveUp(job);
    const { phase } = job;
    if (phase.type === "backoff") return this.#prepare(nowMs);
    if (phase.refused.length > 0) return this.#backOff(nowMs);
    const outdated = phase.type === "prepare" && phase.known !== this.#membership;
    if (outdated) return this.#prepare(nowMs);
    this.#job = { ...job, phase: { ...phase, resendAtMs: this.#resendAt(nowMs) } };
    if (phase.type === "prepare") {
      const silent = phase.asked.filter((id) => !phase.promises.has(id));
      return send(silent, { type: "prepare", ballot: phase.ballot });
    }
    const silent = membersOf(neededBy(phase)).filter((id) => !phase.accepted.includes(id));
    return send(silent, { type: "accept", proposal: phase.proposal });
  }

  /** A reply of the acceptor `from`. One that is late or comes twice changes nothing. */
  receive(nowMs: number, from: NodeId, reply: Reply): ProposerEffect[] {
    const phase = this.#job?.phase;
    if (phase === undefined || phase.type === "backoff") return [];
    const ballot = phase.type === "prepare" ? phase.ballot : phase.proposal.ballot;
    if (compareBallots(reply.ballot, ballot) !== 0) return [];
    if (reply.type === "conflict") return this.#refused(nowMs, phase, from, reply.promised);
    if (reply.type === "promise" && phase.type === "prepare") {
      const { accepted } = reply;
      if (!phase.asked.includes(from) || phase.promises.has(from)) return [];
      if (accepted !== undefined && compareBallots(accepted.ballot, ballot) >= 0) {
        return this.#refused(nowMs, phase, from, accepted.ballot);
      }
      const promises = new Map(phase.promises).set(from, accepted);
      return this.#promised(nowMs, { ...phase, promises });
    }
    if (reply.type === "accepted" && phase.type === "accept") {
      if (phase.accepted.includes(from)) return [];
      return this.#accepted(nowMs, { ...phase, accepted: [...phase.accepted, from] });
    }
    return [];
  }

  #prepare(nowMs: number): ProposerEffect[] {
    const ballot: Ballot = { counter: ++this.#counter, proposer: this.#options.id };
    return this.#promised(nowMs, {
      type: "prepare",
      ballot,
      known: this.#membership,
      asked: [],
      promises: new Map(),
      refused: [],
      resendAtMs: this.#resendAt(nowMs),
    });
  }

  /** Goes on with the first phase: asks whom else it must, or has read enough and proposes. */
  #promised(nowMs: number, phase: PreparePhase): ProposerEffect[] {
    const covered = coveredRead(phase);
    if (covered !== undefined) return this.#decide(nowMs, phase, covered.read);
    const more = membersOf(neededBy(phase)).filter((id) => !phase.asked.includes(id));
    this.#enter({ ...phase, asked: [...phase.asked, ...more] });
    return send(more, { type: "prepare", ballot: phase.ballot });
  }

  /** Makes a proposal out of what was read. */
  #decide(
    nowMs: number,
    { ballot, known }: PreparePhase,
    read: Proposal | undefined,
  ): ProposerEffect[] {
    if (read !== undefined && mustBeCompleted(read, known)) {
      return this.#accept(nowMs, { ...read, ballot }, { type: "complete" });
    }
    const base = read?.membership ?? known;
    const kept: Proposal = { ballot, base, membership: base, value: read?.value };
    const job = this.#job!;
    if (job.unsettled !== undefined) {
      return this.#accept(nowMs, kept, { type: "keep", refusal: undefined });
    }
    const next = job.change({ value: read?.value, membership: base });
    if (next.type !== "write") {
      const refusal = next.type === "refuse" ? next.reason : undefined;
      return this.#accept(nowMs, kept, { type: "keep", refusal });
    }
    const membership = next.acceptors === undefined ? base : changeMembership(base, next.acceptors);
    return this.#accept(nowMs, { ...kept, membership, value: next.value }, { type: "write" });
  }

  #accept(nowMs: number, proposal: Proposal, intent: Intent): ProposerEffect[] {
    const resendAtMs = this.#resendAt(nowMs);
    this.#enter({ type: "accept", proposal, intent, accepted: [], refused: [], resendAtMs });
    return send(membersOf(setsThatChoose(proposal)), { type: "accept", proposal });
  }

  #accepted(nowMs: number, phase: AcceptPhase): ProposerEffect[] {
    this.#enter(phase);
    const { proposal, intent } = phase;
    if (shortfalls(setsThatChoose(proposal), phase.accepted).length > 0) return [];
    this.learn(proposal.membership);
    const register = { value: proposal.value, membership: proposal.membership };
    const job = this.#job!;
    if (intent.type === "complete") return this.#again(nowMs, { ...job, outvoted: 0 });
    if (intent.type === "write" && !isSettled(proposal)) {
      return this.#again(nowMs, { ...job, outvoted: 0, unsettled: register });
    }
    if (intent.type === "keep" && intent.refusal !== undefined) {
      return this.#end({ type: "refused", reason: intent.refusal, register });
    }
    return this.#end({ type: "ok", register: job.unsettled ?? register, settled: true });
  }

  /** A newer ballot is about. What can still be chosen is waited for; else the next round exceeds it. */
  #refused(
    nowMs: number,
    phase: PreparePhase | AcceptPhase,
    from: NodeId,
    hint: Ballot,
  ): ProposerEffect[] {
    if (phase.refused.includes(from) || heardBy(phase).includes(from)) return [];
    this.#counter = Math.max(this.#counter, hint.counter);
    const refused = [...phase.refused, from];
    this.#enter({ ...phase, refused });
    return isWithinReach(neededBy(phase), refused) ? [] : this.#backOff(nowMs);
  }

  #backOff(nowMs: number): ProposerEffect[] {
    const job = this.#leaveRound(this.#job!);
    const { random, backoffMinMs = 10, backoffMaxMs = 1000 } = this.#options;
    const longestMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** job.outvoted);
    const untilMs = nowMs + longestMs * (0.5 + 0.5 * fraction(random));
    this.#job = { ...job, outvoted: job.outvoted + 1, phase: { type: "backoff", untilMs } };
    return [];
  }

  #again(nowMs: number, job: Job): ProposerEffect[] {
    this.#job = job;
    return this.#prepare(nowMs);
  }

  #giveUp(job: Job): ProposerEffect[] {
    const { phase, unsettled } = job;
    if (unsettled !== undefined) {
      return this.#end({ type: "ok", register: unsettled, settled: false });
    }
    const type = this.#leaveRound(job).wrote ? "inDoubt" : "failed";
    const unmet = phase.type === "backoff" ? [] : shortfalls(neededBy(phase), heardBy(phase));
    return this.#end({ type, detail: describe(phase, unmet), unmet });
  }

  #end(outcome: Outcome): ProposerEffect[] {
    this.#job = undefined;
    return [{ type: "outcome", outcome }];
  }

  /** A round that wrote and is left without an answer leaves the change in doubt. */
  #leaveRound(job: Job): Job {
    const { phase } = job;
    const wrote = phase.type === "accept" && phase.intent.type === "write";
    return { ...job, wrote: job.wrote || wrote };
  }

  #enter(phase: Phase): void {
    this.#job = { ...this.#job!, phase };
  }

  #resendAt(nowMs: number): number {
    return nowMs + (this.#options.resendMs ?? 500);
  }
}

function send(to: readonly NodeId[], request: Request): ProposerEffect[] {
  return to.map((id) => ({ type: "send", to: id, request }));
}

function neededBy(phase: PreparePhase | AcceptPhase): AcceptorSets {
  if (phase.type === "accept") return setsThatChoose(phase.proposal);
  return setsThatCover(highestAccepted(phase), phase.known);
}

function heardBy(phase: PreparePhase | AcceptPhase): readonly NodeId[] {
  return phase.type === "accept" ? phase.accepted : [...phase.promises.keys()];
}

function describe(phase: Phase, unmet: readonly Shortfall[]): string {
  if (phase.type === "backoff") return "other proposers were faster, again and again";
  if (unmet.length === 0) return "the acceptors hold an older state than was known to be chosen";
  const { acceptors, required, received } = unmet[0]!;
  const verb = phase.type === "prepare" ? "promised" : "accepted";
  return `${received} of ${acceptors.join(", ")} ${verb}, ${required} are needed`;
}
