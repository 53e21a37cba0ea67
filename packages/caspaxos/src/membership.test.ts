import { describe, expect, test } from "vitest";
import { Acceptors, abc, append, proposer, valueIn, write } from "../explore/acceptors.ts";

describe("a change of members", () => {
  test("needs a majority of the old and one of the new", () => {
    const acceptors = new Acceptors();
    for (const down of ["d", "e"]) acceptors.down.add(down);
    const outcome = acceptors.finish(proposer("p"), write("x", [["d", "e", "f"]]), 1000);
    expect(outcome).toEqual({
      type: "inDoubt",
      detail: "1 of d, e, f accepted, 2 are needed",
      unmet: [{ acceptors: ["d", "e", "f"], required: 2, received: 1 }],
    });
  });

  test("once it is settled, those who were removed are needed no more", () => {
    const acceptors = new Acceptors();
    const machine = proposer("p");
    acceptors.finish(machine, write("x"));
    const outcome = acceptors.finish(machine, write("y", [["c", "d", "e"]]));
    expect(outcome).toMatchObject({ type: "ok", settled: true });
    expect(machine.membership).toEqual({ version: 1, sets: [["c", "d", "e"]] });
    for (const gone of ["a", "b"]) acceptors.down.add(gone);
    // This one still takes the founders for the members, and c tells it better.
    expect(valueIn(acceptors.finish(proposer("q"), append("z")))).toBe("yz");
    // And this one was told.
    const told = proposer("r");
    told.learn(machine.membership);
    acceptors.down.add("c");
    expect(valueIn(acceptors.finish(told, append("!")))).toBe("yz!");
  });

  test("that is chosen but not settled when its time is up says so", () => {
    const acceptors = new Acceptors();
    const machine = proposer("p");
    const todo = machine.propose(0, write("y", [["d"]]), 1000);
    for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
      if (effect.type !== "send") throw new Error("too early");
      if (machine.state.job?.unsettled !== undefined) break;
      todo.push(...machine.receive(0, effect.to, acceptors.ask(effect.to, effect.request)!));
    }
    const [ended] = machine.tick(1000);
    expect(ended).toMatchObject({ outcome: { type: "ok", settled: false } });
    // Somebody else completes and settles it.
    const outcome = acceptors.finish(proposer("q"), append("z"));
    expect(valueIn(outcome)).toBe("yz");
    for (const gone of ["a", "b", "c"]) acceptors.down.add(gone);
    const late = proposer("r", { membership: { version: 1, sets: [["d"]] } });
    expect(valueIn(acceptors.finish(late, append("!")))).toBe("yz!");
  });

  test("that is learnt while a round waits for the old members begins it anew with the new ones", () => {
    const machine = proposer("p", { resendMs: 100 });
    machine.propose(0, write("x"), 60_000);
    machine.learn({ version: 3, sets: [["d"]] });
    const ballot = { counter: 2, proposer: "p" };
    const request = { type: "prepare", ballot } as const;
    expect(machine.tick(100)).toEqual([{ type: "send", to: "d", request }]);
    machine.learn(abc);
    expect(machine.membership.version).toBe(3);
  });

  test("several sets must each give a majority, as between two rings", () => {
    const acceptors = new Acceptors();
    const machine = proposer("p");
    const both = [
      ["a", "b", "c"],
      ["d", "e", "f"],
    ];
    acceptors.finish(machine, write("joining", both));
    for (const down of ["d", "e"]) acceptors.down.add(down);
    const outcome = acceptors.finish(machine, write("switched"), 1000);
    expect(outcome).toMatchObject({
      type: "failed",
      detail: "1 of d, e, f promised, 2 are needed",
    });
    acceptors.down.delete("d");
    acceptors.down.add("a");
    expect(valueIn(acceptors.finish(machine, write("switched")))).toBe("switched");
  });

  test("to the same members is none", () => {
    const acceptors = new Acceptors();
    const outcome = acceptors.finish(proposer("p"), write("x", [["c", "a", "b", "a"]]));
    expect(outcome).toMatchObject({ type: "ok", register: { membership: { version: 0 } } });
  });
});
