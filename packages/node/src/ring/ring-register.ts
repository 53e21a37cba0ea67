import {
  type Change,
  decodeReply,
  encodeRequest,
  type Outcome,
  Proposer,
  type ProposerEffect,
} from "@coterie/caspaxos";
import {
  bytesEqual,
  type Clock,
  CodecError,
  type Random,
  type Timer,
  type Timers,
} from "@coterie/core";
import {
  acceptorSetsOf,
  decodeRegisterValue,
  encodeRegisterValue,
  isNewerState,
  type RegisterState,
  type RegisterValue,
} from "./register-state.ts";
import type { RegisterRequest } from "./ring-acceptor.ts";

export interface RingRegisterParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Fresh at every start of the process. */
  readonly proposerId: string;
  /** To the node that runs the acceptor; undefined: no answer. Never rejects. */
  readonly send: (request: RegisterRequest) => Promise<Uint8Array | undefined>;
  /** The register was found to hold this. */
  readonly onChosen: (state: RegisterState) => void;
}

/** What became of a write to the register. */
export type SwapOutcome =
  | { readonly type: "ok"; readonly value: RegisterValue }
  /** It held something else than was expected, and was left alone. */
  | { readonly type: "outdated"; readonly value: RegisterValue }
  /** Nothing was written. */
  | { readonly type: "failed"; readonly detail: string }
  /** It may have been written, or will be. */
  | { readonly type: "inDoubt"; readonly detail: string };

/** The ring register as one node uses it: a proposer of its own, one step at a time. */
export class RingRegister {
  readonly #parts: RingRegisterParts;
  #state: RegisterState | undefined;
  #proposer: Proposer | undefined;
  #generation = 0;
  #timer: Timer | undefined;
  #ended: ((outcome: Outcome) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: RingRegisterParts) {
    this.#parts = parts;
  }

  /** Another node, or the disk, told what was chosen. Older news changes nothing. */
  learn(state: RegisterState): void {
    if (this.#state !== undefined && !isNewerState(state, this.#state)) return;
    this.#state = state;
    if (state.generation === this.#generation) this.#proposer?.learn(state.membership);
  }

  /** What the register holds, as a majority says now. */
  read(timeoutMs: number): Promise<SwapOutcome> {
    return this.#inTurn(() => this.#run(() => ({ type: "keep" }), timeoutMs));
  }

  /** Writes what follows on `expected`, or leaves the register alone when it holds another value. */
  swap(
    expected: RegisterValue,
    next: Pick<RegisterValue, "record" | "acceptors">,
    timeoutMs: number,
  ): Promise<SwapOutcome> {
    const { origin } = expected;
    const wanted: RegisterValue = { ...next, origin, version: expected.version + 1 };
    const bytes = encodeRegisterValue(wanted);
    const change: Change = ({ value }) => {
      if (value !== undefined && bytesEqual(value, bytes)) return { type: "keep" };
      if (this.#valueOf(value).version !== expected.version) {
        return { type: "refuse", reason: "another step came first" };
      }
      return { type: "write", value: bytes, acceptors: acceptorSetsOf(wanted) };
    };
    return this.#inTurn(() => this.#run(change, timeoutMs));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#proposer = undefined;
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job);
    this.#last = done.catch(() => {});
    return done;
  }

  async #run(change: Change, timeoutMs: number): Promise<SwapOutcome> {
    const { clock } = this.#parts;
    const { generation } = this.#state!;
    const nowMs = clock.monotonicMs();
    const proposer = this.#proposerOf(this.#state!);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#ended = resolve;
      this.#carryOut(generation, proposer.propose(nowMs, change, nowMs + timeoutMs));
    });
    this.#ended = undefined;
    if (outcome.type !== "ok" && outcome.type !== "refused") {
      return { type: outcome.type, detail: outcome.detail };
    }
    const value = this.#valueOf(outcome.register.value);
    const state = { generation, value, membership: outcome.register.membership };
    this.learn(state);
    this.#parts.onChosen(state);
    return { type: outcome.type === "ok" ? "ok" : "outdated", value };
  }

  /** A forced ring is a register of its own, which begins empty. */
  #proposerOf({ generation, membership }: RegisterState): Proposer {
    const { proposerId: id, random } = this.#parts;
    if (this.#proposer === undefined || this.#generation !== generation) {
      this.#proposer = new Proposer({ id, membership, random });
      this.#generation = generation;
    }
    return this.#proposer;
  }

  /** While nothing was ever written it holds what the cluster was born with, which every node knows. */
  #valueOf(value: Uint8Array | undefined): RegisterValue {
    return value === undefined ? this.#state!.value : decodeRegisterValue(value);
  }

  #carryOut(generation: number, effects: readonly ProposerEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "outcome") this.#ended?.(effect.outcome);
      else void this.#send(generation, effect);
    }
    this.#arm(generation);
  }

  async #send(
    generation: number,
    { to, request }: Extract<ProposerEffect, { type: "send" }>,
  ): Promise<void> {
    const { clock, send } = this.#parts;
    const proposer = this.#proposer;
    const { origin = "" } = this.#state!.value;
    const call = { acceptor: to, generation, origin, request: encodeRequest(request) };
    const reply = await send(call);
    if (reply === undefined || proposer === undefined || this.#proposer !== proposer) return;
    try {
      this.#carryOut(generation, proposer.receive(clock.monotonicMs(), to, decodeReply(reply)));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }

  #arm(generation: number): void {
    const { clock, timers } = this.#parts;
    this.#timer?.cancel();
    const proposer = this.#proposer;
    if (proposer === undefined || proposer.deadlineMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(0, proposer.deadlineMs - clock.monotonicMs());
    this.#timer = timers.after(waitMs, () => {
      if (this.#proposer !== proposer) return;
      this.#carryOut(generation, proposer.tick(clock.monotonicMs()));
    });
  }
}
