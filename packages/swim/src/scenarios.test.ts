import { describe, expect, test } from "vitest";
import type { SwimConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { type SimulatedProcess, SwimSimulation } from "./testing.ts";

const FIVE = ["a", "b", "c", "d", "e"];

function cluster(seed: number, ids = FIVE, config: Partial<SwimConfig> = {}) {
  const changes: string[] = [];
  const others: Effect[] = [];
  const observe = (process: SimulatedProcess, effect: Effect): void => {
    if (effect.type === "member") {
      changes.push(`${process.id}: ${effect.change.type} ${effect.change.member.id}`);
    } else if (effect.type !== "send" && effect.type !== "persist") others.push(effect);
  };
  const sim = new SwimSimulation({ seed, config, encode: true, observe });
  sim.assemble(ids);
  sim.run(3_000);
  changes.length = 0;
  /** Whether every running member holds `id` in that state. */
  const allHold = (id: string, state: string): boolean =>
    sim.processes.every(({ swim }) => swim.member(id)?.state === state);
  return { sim, changes, others, allHold };
}

test("members that know one seed find one another", () => {
  const { sim } = cluster(1, ["seed"]);
  for (const id of FIVE) sim.start(id, { seeds: ["seed"] });
  const known = (): boolean => sim.processes.every(({ swim }) => swim.livingCount === 6);
  expect(sim.runUntil(known, 10_000)).toBe(true);
});

test("a seed that starts later is found", () => {
  const { sim } = cluster(2, []);
  sim.start("a", { seeds: ["b"] });
  sim.run(7_000);
  sim.start("b");
  expect(sim.runUntil(() => sim.process("b").swim.livingCount === 2, 3_000)).toBe(true);
});

test("a crash is noticed by all, and nobody else is accused", () => {
  const { sim, changes, allHold } = cluster(3);
  sim.crash("c");
  expect(sim.runUntil(() => allHold("c", "dead"), 20_000)).toBe(true);
  expect(new Set(changes.map((change) => change.split(": ")[1]))).toEqual(
    new Set(["suspected c", "dead c"]),
  );
});

test("[trap 23] a member that comes back at another address is the same member", () => {
  const { sim, changes, allHold } = cluster(4);
  sim.crash("c");
  sim.runUntil(() => allHold("c", "dead"), 20_000);
  const before = sim.process("a").swim.member("c")!.incarnation;
  changes.length = 0;
  const { swim } = sim.start("c", { address: "c:elsewhere", seeds: ["a"] });
  expect(sim.runUntil(() => allHold("c", "alive"), 10_000)).toBe(true);
  expect(sim.process("b").swim.member("c")).toEqual(swim.self);
  expect(swim.self).toMatchObject({ address: "c:elsewhere" });
  expect(swim.self!.incarnation).toBeGreaterThan(before);
  expect(changes).toContain("b: alive c");
});

test("[trap 23] two members that swap addresses while both are down are told apart", () => {
  const { sim } = cluster(5);
  sim.crash("d");
  sim.crash("e");
  sim.start("d", { address: "e", seeds: ["a"] });
  sim.start("e", { address: "d", seeds: ["a"] });
  const swapped = (): boolean =>
    sim.processes.every(
      ({ swim }) =>
        swim.livingCount === 5 &&
        swim.member("d")?.address === "e" &&
        swim.member("e")?.address === "d",
    );
  expect(sim.runUntil(swapped, 60_000)).toBe(true);
});

test("[trap 22] nobody is stuck dead when all restart at once, even with their incarnations lost", () => {
  for (const forgetsIncarnation of [false, true]) {
    const { sim, allHold } = cluster(6);
    sim.crash("e");
    sim.runUntil(() => allHold("e", "dead"), 20_000);
    for (const id of ["a", "b", "c"]) sim.crash(id);
    // d remembers everyone, the dead e included; the others come back with nothing.
    for (const id of ["a", "b", "c", "e"]) sim.start(id, { seeds: ["d"], forgetsIncarnation });
    const alive = (): boolean => FIVE.every((id) => allHold(id, "alive"));
    expect(sim.runUntil(alive, 30_000)).toBe(true);
    sim.run(60_000);
    expect(alive()).toBe(true);
  }
});

test("[trap 24] a corrupt incarnation that got in through a newcomer is thrown out again", () => {
  const { sim, others } = cluster(7);
  const corrupt = { ...sim.process("a").swim.self!, incarnation: 2 ** 52, address: "nowhere" };
  const teller = sim.process("b");
  const { id: from, session, incarnation } = teller.swim.self!;
  const fresh = sim.start("f");
  sim.run(100);
  const header = { from, session, incarnation, to: undefined, knows: 0 };
  const body = { type: "records", records: [corrupt] } as const;
  sim.call(fresh, (nowMs) => fresh.swim.receive("b", { ...header, body, updates: [] }, nowMs));
  expect(fresh.swim.member("a")!.incarnation).toBe(2 ** 52);
  sim.call(fresh, (nowMs) => fresh.swim.join(["b"], nowMs));
  const healed = (): boolean =>
    sim.processes.every(({ swim }) => {
      const held = swim.member("a");
      return held?.address === "a" && held.state === "alive" && swim.livingCount === 6;
    });
  expect(sim.runUntil(healed, 60_000)).toBe(true);
  expect(others.some(({ type }) => type === "implausible")).toBe(true);
});

test("[trap 7] two living processes with one id both learn of it", () => {
  const { sim, others } = cluster(8);
  sim.startTwin("c", { address: "c:copy", seeds: ["a"] });
  expect(sim.runUntil(() => others.length >= 2, 20_000)).toBe(true);
  sim.run(60_000);
  expect(others.map((effect) => effect.type)).toEqual(["clash", "clash"]);
});

test("a member that restarts elsewhere is no clash", () => {
  const { sim, others } = cluster(9);
  sim.crash("c");
  sim.start("c", { address: "c:2", seeds: ["a"], forgetsIncarnation: true });
  sim.run(60_000);
  expect(others).toEqual([]);
});

test("who leaves is not accused, not called back, and can join again", () => {
  const { sim, changes, allHold } = cluster(10);
  const leaver = sim.process("c");
  sim.call(leaver, () => leaver.swim.leave());
  sim.crash("c");
  sim.run(60_000);
  expect(allHold("c", "left")).toBe(true);
  expect(changes.filter((change) => !change.endsWith("left c"))).toEqual([]);
  sim.start("c", { seeds: ["a"] });
  expect(sim.runUntil(() => allHold("c", "alive"), 10_000)).toBe(true);
  expect(changes).toContain("b: joined c");
});

test("a member that is long dead stays listed until it is forgotten, then everywhere", () => {
  const { sim, allHold } = cluster(11, FIVE, { forgottenForMs: 600_000 });
  sim.crash("c");
  sim.run(3_600_000);
  expect(allHold("c", "dead")).toBe(true);
  const operator = sim.process("a");
  sim.call(operator, (nowMs) => operator.swim.forget("c", nowMs));
  const gone = (): boolean => sim.processes.every(({ swim }) => swim.member("c") === undefined);
  expect(sim.runUntil(gone, 10_000)).toBe(true);
  sim.run(1_200_000);
  expect(gone()).toBe(true);
  sim.start("c", { seeds: ["a"] });
  expect(sim.runUntil(() => allHold("c", "alive"), 10_000)).toBe(true);
});

describe("network partitions", () => {
  test("two halves that have buried each other find together again, and nobody dies of it", () => {
    const { sim, changes } = cluster(12);
    sim.network.partition(["a", "b"], ["c", "d", "e"]);
    sim.run(3_600_000);
    expect(sim.process("a").swim.livingCount).toBe(2);
    expect(sim.process("c").swim.livingCount).toBe(3);
    changes.length = 0;
    sim.network.heal();
    const whole = (): boolean => sim.processes.every(({ swim }) => swim.livingCount === 5);
    expect(sim.runUntil(whole, 60_000)).toBe(true);
    expect(changes.filter((change) => change.includes("dead"))).toEqual([]);
  });

  test("a member that hears nothing is buried, and buries nobody but in its own view", () => {
    const { sim, changes, allHold } = cluster(13);
    for (const id of ["b", "c", "d", "e"]) sim.network.cut(id, "a");
    sim.run(600_000);
    expect(sim.process("a").swim.livingCount).toBe(1);
    const deaths = changes.filter((change) => change.includes("dead"));
    const elsewhere = deaths.filter((change) => !change.startsWith("a:"));
    expect(new Set(elsewhere)).toEqual(
      new Set(["b: dead a", "c: dead a", "d: dead a", "e: dead a"]),
    );
    sim.network.heal();
    expect(sim.runUntil(() => FIVE.every((id) => allHold(id, "alive")), 120_000)).toBe(true);
  });

  test("[SWIM §3.1] two members that cannot reach each other are kept by the others", () => {
    const { sim, changes } = cluster(14);
    sim.network.cut("a", "b");
    sim.network.cut("b", "a");
    sim.run(3_600_000);
    expect(changes.filter((change) => change.includes("dead"))).toEqual([]);
  });
});

test("a pause longer than any suspicion is noticed; afterwards the member is alive and accuses nobody", () => {
  const { sim, changes, allHold } = cluster(15);
  sim.pause("c");
  sim.run(120_000);
  expect(sim.process("a").swim.member("c")!.state).toBe("dead");
  changes.length = 0;
  sim.resume("c");
  expect(sim.runUntil(() => FIVE.every((id) => allHold(id, "alive")), 30_000)).toBe(true);
  expect(changes.filter((change) => /(suspected|dead) [abde]/.test(change))).toEqual([]);
});

test("one seed is one run", () => {
  const run = (): string[] => {
    const { sim, changes } = cluster(16);
    sim.network.faults = { ...sim.network.faults, loss: 0.2, duplication: 0.1 };
    sim.crash("b");
    sim.run(60_000);
    return changes;
  };
  expect(run()).toEqual(run());
});
