import { describe, expect, test } from "vitest";
import { Acceptors, abc, append, proposer, valueIn, write } from "../explore/acceptors.ts";
import { founders } from "./membership.ts";
import type { Reply } from "./message.ts";
import type { Change } from "./outcome.ts";

describe("a proposer", () => {
  test("[Rystsov §2.2] writes in two phases and answers what it wrote", () => {
    const acceptors = new Acceptors();
    expect(acceptors.finish(proposer("p"), write("milk"))).toEqual({
      type: "ok",
      register: { value: new TextEncoder().encode("milk"), membership: abc },
      settled: true,
    });
    // The third promise is one too many, and so is the third acceptance.
    const types = acceptors.requests.map(([, type]) => type);
    expect(types).toEqual(["prepare", "prepare", "prepare", "accept", "accept", "accept"]);
  });

  test("applies a change to what others wrote", () => {
    const acceptors = new Acceptors();
    acceptors.finish(proposer("p"), append("x"));
    expect(valueIn(acceptors.finish(proposer("q"), append("y")))).toBe("xy");
    expect(valueIn(acceptors.finish(proposer("r"), () => ({ type: "keep" })))).toBe("xy");
  });

  test("a change that refuses is answered with its reason and the state it saw", () => {
    const acceptors = new Acceptors();
    acceptors.finish(proposer("p"), write("taken"));
    const refuse: Change = () => ({ type: "refuse", reason: "change 7 is in progress" });
    const outcome = acceptors.finish(proposer("q"), refuse);
    expect(outcome).toMatchObject({ type: "refused", reason: "change 7 is in progress" });
    expect(valueIn(outcome)).toBe("taken");
  });

  test("goes on with a minority down, and asks the silent again", () => {
    const acceptors = new Acceptors();
    acceptors.down.add("c");
    expect(valueIn(acceptors.finish(proposer("p"), write("milk")))).toBe("milk");
    const machine = proposer("q", { resendMs: 100 });
    acceptors.down.add("b");
    expect(acceptors.run(machine, machine.propose(0, append("!"), 60_000))).toBeUndefined();
    expect(machine.deadlineMs).toBe(100);
    expect(machine.tick(99)).toEqual([]);
    acceptors.down.delete("b");
    acceptors.requests.length = 0;
    const outcome = acceptors.run(machine, machine.tick(100), 100);
    expect(acceptors.requests.slice(0, 2)).toEqual([
      ["b", "prepare"],
      ["c", "prepare"],
    ]);
    expect(valueIn(outcome!)).toBe("milk!");
  });

  test("[Rystsov §2.1] a conflict's hint is exceeded in the next round, after a wait", () => {
    const acceptors = new Acceptors();
    const ahead = { counter: 41, proposer: "z" };
    for (const id of ["a", "b", "c"])
      acceptors.states.set(id, { promised: ahead, accepted: undefined });
    const machine = proposer("p", { backoffMinMs: 20 });
    expect(acceptors.run(machine, machine.propose(0, write("milk"), 60_000))).toBeUndefined();
    expect(machine.deadlineMs).toBeGreaterThanOrEqual(10);
    expect(machine.deadlineMs).toBeLessThanOrEqual(20);
    const nowMs = machine.deadlineMs;
    const effects = machine.tick(nowMs);
    expect(effects[0]).toMatchObject({ request: { ballot: { counter: 42, proposer: "p" } } });
    expect(acceptors.run(machine, effects, nowMs)?.type).toBe("ok");
  });

  test("one acceptor that refuses does not stop a round that two others can still carry", () => {
    const acceptors = new Acceptors();
    const ahead = { counter: 41, proposer: "z" };
    acceptors.states.set("a", { promised: ahead, accepted: undefined });
    const machine = proposer("p");
    expect(acceptors.run(machine, machine.propose(0, write("milk"), 60_000))?.type).toBe("ok");
  });

  test("waits longer the more often it is outvoted, up to the longest wait", () => {
    const machine = proposer("p", { backoffMinMs: 10, backoffMaxMs: 100 });
    let nowMs = 0;
    machine.propose(nowMs, write("milk"), 1e9);
    const waits: number[] = [];
    for (let round = 1; round <= 8; round++) {
      const promised = { counter: 100 * round, proposer: "z" };
      const { phase } = machine.state.job!;
      if (phase.type !== "prepare") throw new Error(phase.type);
      const reply: Reply = { type: "conflict", ballot: phase.ballot, promised };
      for (const id of ["a", "b"]) machine.receive(nowMs, id, reply);
      waits.push(machine.deadlineMs - nowMs);
      nowMs = machine.deadlineMs;
      machine.tick(nowMs);
    }
    for (const [round, waitMs] of waits.entries()) {
      const longestMs = Math.min(100, 10 * 2 ** round);
      expect(waitMs).toBeGreaterThanOrEqual(longestMs / 2);
      expect(waitMs).toBeLessThanOrEqual(longestMs);
    }
  });

  test("a deadline before anything was written is a failure that names what was lacking", () => {
    const acceptors = new Acceptors();
    acceptors.down.add("b").add("c");
    const unmet = [{ acceptors: ["a", "b", "c"], required: 2, received: 1 }];
    const detail = "1 of a, b, c promised, 2 are needed";
    expect(acceptors.finish(proposer("p"), write("milk"), 1000)).toEqual({
      type: "failed",
      detail,
      unmet,
    });
  });

  test("a deadline after something was written leaves the change in doubt", () => {
    const acceptors = new Acceptors();
    const machine = proposer("p");
    const prepares = machine.propose(0, write("milk"), 1000);
    const accepts = prepares.flatMap((effect) => {
      if (effect.type !== "send") return [];
      return machine.receive(0, effect.to, acceptors.ask(effect.to, effect.request)!);
    });
    expect(accepts.length).toBe(3);
    const first = accepts[0]!;
    if (first.type !== "send") throw new Error(first.type);
    machine.receive(0, first.to, acceptors.ask(first.to, first.request)!);
    expect(machine.tick(1000)).toEqual([
      {
        type: "outcome",
        outcome: {
          type: "inDoubt",
          detail: "1 of a, b, c accepted, 2 are needed",
          unmet: [{ acceptors: ["a", "b", "c"], required: 2, received: 1 }],
        },
      },
    ]);
    // It did come through in the end: whoever reads it completes it.
    acceptors.down.add("c");
    expect(valueIn(acceptors.finish(proposer("q"), () => ({ type: "keep" })))).toBe("milk");
  });

  test("replies that are late, come twice or come from strangers change nothing", () => {
    const acceptors = new Acceptors();
    const machine = proposer("p");
    const old = { counter: 1, proposer: "p" };
    acceptors.finish(machine, write("milk"));
    expect(machine.receive(0, "a", { type: "accepted", ballot: old })).toEqual([]);
    const [ask] = machine.propose(0, write("eggs"), 60_000);
    if (ask?.type !== "send") throw new Error("a change begins with a request");
    const promise = acceptors.ask("a", ask.request)!;
    expect(machine.receive(0, "a", promise)).toEqual([]);
    const { state } = machine;
    expect(machine.receive(0, "a", promise)).toEqual([]);
    expect(machine.receive(0, "zz", promise)).toEqual([]);
    expect(machine.receive(0, "b", { type: "accepted", ballot: old })).toEqual([]);
    expect(machine.state).toEqual(state);
  });

  test("an acceptor that has accepted this ballot or a higher one shows that the id is not unique", () => {
    const machine = proposer("p");
    machine.propose(0, write("milk"), 60_000);
    const ballot = { counter: 1, proposer: "p" };
    for (const [from, counter] of [
      ["a", 1],
      ["b", 7],
    ] as const) {
      const other = { counter, proposer: "p" };
      const accepted = { ballot: other, base: abc, membership: abc, value: undefined };
      expect(machine.receive(0, from, { type: "promise", ballot, accepted })).toEqual([]);
    }
    const [again] = machine.tick(machine.deadlineMs);
    expect(again).toMatchObject({ request: { type: "prepare", ballot: { counter: 8 } } });
  });

  test("ids that cannot be ids are refused", () => {
    expect(() => proposer("")).toThrow("a proposer id");
    expect(() => founders([[]])).toThrow("no set of acceptors is empty");
  });
});
