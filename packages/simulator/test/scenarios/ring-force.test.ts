import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { operatorAt, until } from "./ring-operator.ts";

const JOIN = { case: "join" as const, value: { nodes: ["n4"], zone: "", weight: 0 } };

it("a majority that is gone for good is done without once an operator forces it, and only then", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 1 });
  const operator = operatorAt(cluster, "n1");
  expect(await operator.force("n2")).toBe(
    "a majority of the owners answers: nothing is to be forced",
  );
  cluster.crash("n2", "n3");
  await cluster.run(30_000);
  const remove = { case: "remove" as const, value: { nodes: ["n2", "n3"] } };
  const removal = { change: remove, acceptLoss: true };
  expect(await operator.begin(removal)).toMatch(/^the ring was not changed: too few owners answer/);
  expect(await operator.force("n2")).toMatch(/^without an answer of n3 nothing is forced/);
  expect(await operator.force("n2", "n3")).toMatchObject({
    state: { epoch: 1_001, phase: "stable" },
  });
  const another = operatorAt(cluster, "n4");
  expect(await another.begin(removal)).toMatchObject({ state: { phase: "joining" } });
  await until(cluster, another, ({ id }) => id === "");
  expect(cluster.machine("n4").node!.ring!.record).toMatchObject({
    phase: "stable",
    owners: [{ id: "n1" }],
    removed: ["n2", "n3"],
  });
});

it("an owner that was given up and comes back follows the ring that was forced", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 2 });
  const operator = operatorAt(cluster, "n1");
  cluster.crash("n2", "n3");
  await cluster.run(30_000);
  expect(await operator.force("n2", "n3")).toMatchObject({ state: { epoch: 1_001 } });
  await cluster.start("n2", "n3");
  await cluster.run(15_000);
  for (const id of ["n1", "n2", "n3"]) {
    const { generation, value } = cluster.machine(id).node!.register!;
    expect({ generation, acceptors: [...value.acceptors.keys()] }).toEqual({
      generation: 2,
      acceptors: ["n1", "n2", "n3"],
    });
  }
  expect(await operatorAt(cluster, "n3").begin({ change: JOIN })).toMatchObject({
    state: { epoch: 1_002, phase: "joining" },
  });
});

it("two sides of a network partition that were both forced say so when they meet, change nothing, and become one by the side that is forced again", async () => {
  const cluster = await Scenario.begin({ nodes: 5, owners: 4, seed: 4 });
  cluster.partition(["n1", "n2", "n5"], ["n3", "n4"]);
  await cluster.run(30_000);
  const [one, other] = [operatorAt(cluster, "n1"), operatorAt(cluster, "n3")];
  expect(await one.force("n3", "n4")).toMatchObject({ state: { epoch: 1_001, rivals: [] } });
  expect(await other.force("n1", "n2")).toMatchObject({ state: { epoch: 1_001, rivals: [] } });
  const join = { case: "join" as const, value: { nodes: ["n5"], zone: "", weight: 0 } };
  expect(await one.begin({ change: join })).toMatchObject({ state: { epoch: 1_002 } });
  cluster.heal();
  await cluster.run(20_000);
  expect(await one.status()).toMatchObject({ epoch: 1_002, rivals: ["n3", "n4"] });
  expect(await other.status()).toMatchObject({ epoch: 1_001, rivals: ["n1", "n2", "n5"] });
  expect(await other.begin({ change: JOIN })).toMatch(
    /two rings that were forced beside one another/,
  );
  expect(await other.force()).toMatchObject({ state: { epoch: 2_002, phase: "stable" } });
  await cluster.run(20_000);
  for (const id of ["n1", "n2", "n3", "n4", "n5"]) {
    expect(await operatorAt(cluster, id).status(), id).toMatchObject({ epoch: 2_002, rivals: [] });
  }
  const all = ["n1", "n2", "n3", "n4"];
  expect([...cluster.machine("n2").node!.register!.value.acceptors.keys()]).toEqual(all);
  expect(await one.begin({ change: join })).toMatchObject({ state: { phase: "joining" } });
});

it("a cluster of which every disk is a restored copy changes its ring again once it is forced, with nobody gone", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 3 });
  await cluster.via("n1").put("cart", "milk", { strict: true });
  const ids = ["n1", "n2", "n3"];
  const copies = ids.map((id) => cluster.machine(id).disk.copy());
  cluster.crash(...ids);
  for (const [i, id] of ids.entries()) cluster.machine(id).restoreCopy(copies[i]!);
  await cluster.start(...ids);
  await cluster.run(10_000);
  const operator = operatorAt(cluster, "n2");
  expect(await operator.begin({ change: JOIN })).toMatch(/too few owners answer/);
  expect(await operator.force()).toMatchObject({ state: { epoch: 1_001 } });
  expect(await operator.begin({ change: JOIN })).toMatchObject({ state: { phase: "joining" } });
});
