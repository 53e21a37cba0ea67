import { decodeVersions } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import { Replicas, value } from "../test/replicas.ts";
import { recoverPartition } from "./partition-recovery.ts";
import type { RecoveryPorts, SourceDemand } from "./ports.ts";
import { Recovery, type RecoveryRound } from "./recovery.ts";

function scene(demand: Partial<SourceDemand> = {}, accepts = false) {
  const replicas = new Replicas();
  const { down, recovering, time, moved } = replicas;
  recovering.add("a");
  const ports: RecoveryPorts = {
    timers: time,
    recovering: async () => (recovering.has("a") ? [7] : []),
    demands: () => [{ n: 3, others: ["b", "c"], required: 2, ...demand }],
    compare: replicas.ports("a"),
    acceptsLoss: () => accepts,
    recovered: async () => {
      if (down.has("a's disk")) return "this node's disk is full";
      recovering.delete("a");
      return undefined;
    },
  };
  return { replicas, down, recovering, moved, ports, time };
}

describe("recovery of a partition [design §8]", () => {
  test("an empty replica ends with everything that any of the sources has", async () => {
    const { replicas, ports, recovering } = scene();
    for (const name of ["k1", "k2", "k3", "k4", "k5"]) replicas.set(name, value(), "b");
    replicas.set("k3", value(), "c");
    replicas.set("k9", value(), "c");
    const outcome = await recoverPartition(ports, 7, () => false);
    expect(outcome).toEqual({ type: "recovered", fetched: 7 });
    expect(replicas.ranges[0], "an empty replica is told of no key").toBe("5 rows b>a");
    expect([...replicas.of("a").keys()].sort()).toEqual(["k1", "k2", "k3", "k4", "k5", "k9"]);
    expect(decodeVersions(replicas.of("a").get("k3")!).siblings).toHaveLength(2);
    expect(recovering.has("a")).toBe(false);
  });

  test("what is here already is not moved again", async () => {
    const { replicas, ports, moved } = scene();
    replicas.set("k1", value(), "a", "b", "c");
    replicas.set("k2", value(), "a");
    replicas.set("k3", value(), "b", "c");
    await recoverPartition(ports, 7, () => false);
    expect(moved).toEqual(["k3 b>a"]);
  });

  test("with fewer sources than N - wMin + 1 it goes on recovering, and says who is missing", async () => {
    const { ports, down, recovering } = scene();
    down.add("c");
    expect(await recoverPartition(ports, 7, () => false)).toEqual({
      type: "blocked",
      fetched: 0,
      blockers: ["c: it is away"],
    });
    expect(recovering.has("a")).toBe(true);
  });

  test("a source that is recovering itself gives what it has and does not count", async () => {
    const { replicas, ports, recovering } = scene();
    recovering.add("c");
    replicas.set("k1", value(), "c");
    const outcome = await recoverPartition(ports, 7, () => false);
    expect(outcome).toMatchObject({ type: "blocked", fetched: 1 });
  });

  test("where the loss is accepted, sources that recover themselves count, and those that are away do not", async () => {
    const { replicas, ports, recovering, down } = scene({}, true);
    recovering.add("b");
    recovering.add("c");
    down.add("c");
    replicas.set("k1", value(), "b");
    replicas.set("k2", value(), "c");
    const blocked = { type: "blocked", fetched: 1, blockers: ["c: it is away"] };
    expect(await recoverPartition(ports, 7, () => false)).toEqual(blocked);
    down.delete("c");
    const recovered = { type: "recovered", fetched: 1 };
    expect(await recoverPartition(ports, 7, () => false)).toEqual(recovered);
    expect([...replicas.of("a").keys()].sort()).toEqual(["k1", "k2"]);
  });

  test("where the loss is accepted, the only replica counts as it is", async () => {
    const { ports } = scene({ others: [], required: 1 }, true);
    expect(await recoverPartition(ports, 7, () => false)).toMatchObject({ type: "recovered" });
  });

  test("no more sources are read than are needed", async () => {
    const { replicas, ports, moved } = scene({ required: 1 });
    replicas.set("k1", value(), "b");
    replicas.set("k2", value(), "c");
    expect(await recoverPartition(ports, 7, () => false)).toMatchObject({ type: "recovered" });
    expect(moved).toEqual(["k1 b>a"]);
  });

  test("a replica whose disk does not take the end goes on recovering", async () => {
    const { ports, down, recovering } = scene();
    down.add("a's disk");
    expect(await recoverPartition(ports, 7, () => false)).toEqual({
      type: "blocked",
      fetched: 0,
      blockers: ["this node's disk is full"],
    });
    expect(recovering.has("a")).toBe(true);
  });

  test("a demand that no cluster can meet is blocked for ever, and says so", async () => {
    const { ports } = scene({ others: [], required: 1 });
    expect(await recoverPartition(ports, 7, () => false)).toMatchObject({
      blockers: ["there are not enough other replicas to learn from"],
    });
  });
});

describe("Recovery", () => {
  test("goes on round after round until the sources are back", async () => {
    const { ports, down, recovering, time } = scene();
    const rounds: RecoveryRound[] = [];
    down.add("b");
    const recovery = new Recovery(ports, {
      intervalMs: 100,
      onRound: (round) => rounds.push(round),
    });
    recovery.start();
    await time.run(250);
    expect(recovering.has("a")).toBe(true);
    down.delete("b");
    await time.run(100);
    expect(recovering.has("a")).toBe(false);
    await time.run(500);
    recovery.stop();
    expect(rounds.map(({ recovered, blocked }) => [recovered, blocked])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test("does nothing after stop", async () => {
    const { ports, recovering, time } = scene();
    const recovery = new Recovery(ports, { intervalMs: 100 });
    recovery.start();
    recovery.stop();
    await time.run(1_000);
    expect(recovering.has("a")).toBe(true);
  });
});
