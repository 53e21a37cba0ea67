// A register in memory, for tests of single proposers.
import { SeededRandom } from "@coterie/core";
import {
  type AcceptorSets,
  type AcceptorState,
  answer,
  type Change,
  EMPTY_ACCEPTOR,
  founders,
  type Outcome,
  Proposer,
  type ProposerEffect,
  type ProposerOptions,
  type Reply,
  type Request,
} from "../src/index.ts";

export const abc = founders([["a", "b", "c"]]);

export function write(text: string, acceptors?: AcceptorSets): Change {
  const value = new TextEncoder().encode(text);
  return () =>
    acceptors === undefined ? { type: "write", value } : { type: "write", value, acceptors };
}

export const append =
  (letter: string): Change =>
  ({ value }) => ({
    type: "write",
    value: new Uint8Array([...(value ?? []), letter.charCodeAt(0)]),
  });

/** Acceptors that answer at once, but for those that are down. */
export class Acceptors {
  readonly states = new Map<string, AcceptorState>();
  readonly down = new Set<string>();
  readonly requests: [to: string, type: string][] = [];

  ask(to: string, request: Request): Reply | undefined {
    this.requests.push([to, request.type]);
    if (this.down.has(to)) return undefined;
    const effect = answer(this.states.get(to) ?? EMPTY_ACCEPTOR, request);
    if (effect.type === "persistThenReply") this.states.set(to, effect.state);
    return effect.reply;
  }

  /** Carries out effects until nothing is left to do at this time. */
  run(proposer: Proposer, effects: ProposerEffect[], nowMs = 0): Outcome | undefined {
    const todo = [...effects];
    for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
      if (effect.type === "outcome") return effect.outcome;
      const reply = this.ask(effect.to, effect.request);
      if (reply !== undefined) todo.push(...proposer.receive(nowMs, effect.to, reply));
    }
    return undefined;
  }

  /** The same, letting time pass until the change ends. */
  finish(proposer: Proposer, change: Change, deadlineMs = 60_000): Outcome {
    let outcome = this.run(proposer, proposer.propose(0, change, deadlineMs));
    while (outcome === undefined) {
      const nowMs = proposer.deadlineMs;
      outcome = this.run(proposer, proposer.tick(nowMs), nowMs);
    }
    return outcome;
  }
}

export function proposer(id: string, options: Partial<ProposerOptions> = {}): Proposer {
  return new Proposer({ id, membership: abc, random: new SeededRandom(1), ...options });
}

export function valueIn(outcome: Outcome): string {
  if (outcome.type !== "ok" && outcome.type !== "refused") throw new Error(outcome.type);
  return new TextDecoder().decode(outcome.register.value);
}
