import { describe, expect, test } from "vitest";
import { type AcceptorState, answer, EMPTY_ACCEPTOR } from "./acceptor.ts";
import type { Ballot } from "./ballot.ts";
import { founders } from "./membership.ts";
import type { Proposal } from "./message.ts";

const one: Ballot = { counter: 1, proposer: "p" };
const two: Ballot = { counter: 2, proposer: "p" };
const members = founders([["a", "b", "c"]]);

function proposal(ballot: Ballot): Proposal {
  return { ballot, base: members, membership: members, value: new Uint8Array([ballot.counter]) };
}

describe("an acceptor", () => {
  test("[Rystsov §2.2] promises a ballot, durably before it says so, and tells what it accepted", () => {
    expect(answer(EMPTY_ACCEPTOR, { type: "prepare", ballot: one })).toEqual({
      type: "persistThenReply",
      state: { promised: one, accepted: undefined },
      reply: { type: "promise", ballot: one, accepted: undefined },
    });
    const held: AcceptorState = { promised: one, accepted: proposal(one) };
    expect(answer(held, { type: "prepare", ballot: two })).toEqual({
      type: "persistThenReply",
      state: { promised: two, accepted: proposal(one) },
      reply: { type: "promise", ballot: two, accepted: proposal(one) },
    });
  });

  test("[Rystsov §2.2] accepts what is not older than its promise, and that is a promise too", () => {
    for (const promised of [EMPTY_ACCEPTOR.promised, one, two]) {
      const accepted = answer(
        { promised, accepted: undefined },
        { type: "accept", proposal: proposal(two) },
      );
      expect(accepted).toEqual({
        type: "persistThenReply",
        state: { promised: two, accepted: proposal(two) },
        reply: { type: "accepted", ballot: two },
      });
    }
  });

  test("answers what is older than its promise with the ballot to exceed, and writes nothing", () => {
    const state: AcceptorState = { promised: two, accepted: undefined };
    const conflict = {
      type: "reply",
      reply: { type: "conflict", ballot: one, promised: two },
    };
    expect(answer(state, { type: "prepare", ballot: one })).toEqual(conflict);
    expect(answer(state, { type: "accept", proposal: proposal(one) })).toEqual(conflict);
  });

  test("answers a request that comes twice alike, and again only after the disk", () => {
    for (const request of [
      { type: "prepare", ballot: two } as const,
      { type: "accept", proposal: proposal(two) } as const,
    ]) {
      const first = answer({ promised: one, accepted: proposal(one) }, request);
      if (first.type !== "persistThenReply") throw new Error("refused");
      expect(answer(first.state, request)).toEqual(first);
    }
  });

  test("of two ballots with one counter the proposer ids decide", () => {
    const rival: Ballot = { counter: 2, proposer: "q" };
    const state: AcceptorState = { promised: rival, accepted: undefined };
    expect(answer(state, { type: "prepare", ballot: two }).type).toBe("reply");
    const other: AcceptorState = { promised: two, accepted: undefined };
    expect(answer(other, { type: "prepare", ballot: rival }).type).toBe("persistThenReply");
  });
});
