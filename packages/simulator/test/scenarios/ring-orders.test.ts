import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { ID, operatorAt, until } from "./ring-operator.ts";

const JOIN = { case: "join" as const, value: { nodes: ["n4"], zone: "", weight: 0 } };

it("a plan says what a change would move, and moves nothing", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 1 });
  const operator = operatorAt(cluster, "n2");
  const told = await operator.begin({ change: JOIN, plan: true });
  if (typeof told === "string") throw new Error(told);
  expect(told.state).toBeUndefined();
  const [placement] = told.plan!.placements;
  expect(placement).toMatchObject({ n: 3, moved: 13, minimum: 13, copies: 3, unproven: 0 });
  expect(told.plan!.nodes.map(({ id, gained }) => [id, gained[0]])).toContainEqual(["n4", 13]);
  expect(await operator.status()).toMatchObject({ epoch: 1, phase: "stable", blockers: [] });
});

it("a plan's bytes are near what is copied then: of rows, whatever else the disks hold", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 7 });
  for (let i = 0; i < 120; i++) {
    await cluster.via("n1").put(`key${i}`, `${i}`, { w: 3, blind: true });
  }
  const operator = operatorAt(cluster, "n1");
  const told = await operator.begin({ change: JOIN });
  if (typeof told === "string") throw new Error(told);
  const { bytes } = told.plan!.nodes.find(({ id }) => id === "n4")!;
  await until(cluster, operator, ({ id }) => id === "");
  const { rowBytes } = await cluster.world.until(cluster.machine("n4").stats(), 1_000);
  expect(bytes / rowBytes).toBeGreaterThan(0.8);
  expect(bytes / rowBytes).toBeLessThan(1.25);
});

it("the same request sent again is the same change, and another one is told of it", async () => {
  const cluster = await Scenario.begin({ nodes: 5, owners: 3, seed: 2 });
  const first = await operatorAt(cluster, "n1").begin({ change: JOIN });
  const again = await operatorAt(cluster, "n3").begin({ change: JOIN });
  for (const told of [first, again])
    expect(told).toMatchObject({ state: { id: ID, kind: "join" } });
  const other = { case: "leave" as const, value: { nodes: ["n2"] } };
  expect(await operatorAt(cluster, "n2").begin({ change: other, id: "00000000000000a2" })).toBe(
    `change ${ID} (join n4) is in progress: wait for it, or take it back with \`coterie ring abort\``,
  );
  const operator = operatorAt(cluster, "n5");
  const state = await until(cluster, operator, ({ phase }) => phase === "stable");
  expect(state).toMatchObject({ epoch: 4, id: "", kind: "" });
});

it("who blocks a change is named; paused it waits for the operator, taken back the ring is as before", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 3 });
  const operator = operatorAt(cluster, "n1");
  cluster.crash("n2", "n3");
  expect(await operator.begin({ change: JOIN })).toMatch(
    /^the ring was not changed: too few owners answer/,
  );
  await cluster.start("n2", "n3");
  await cluster.run(5_000);
  expect(await operator.begin({ change: JOIN })).toMatchObject({ state: { phase: "joining" } });
  cluster.crash("n4");
  const reason = "it does not answer, and is to copy 13 partitions";
  const blocked = await until(cluster, operator, ({ blockers }) =>
    blockers.some((blocker) => blocker.node === "n4" && blocker.reason === reason),
  );
  expect(blocked).toMatchObject({ copied: 0, toCopy: 13 });
  expect(await operator.amend(Order.PAUSE)).toMatchObject({
    state: { paused: true, blockers: [] },
  });
  expect(await operator.amend(Order.PAUSE)).toBe(`change ${ID} (join n4) is paused already`);
  expect(await operator.amend(Order.RESUME, true)).toMatchObject({
    state: { paused: false, acceptLoss: true },
  });
  expect(await operator.amend(Order.ABORT)).toMatchObject({ state: { phase: "stable", id: "" } });
  expect(cluster.cluster.ring.record.owners.map(({ id }) => id)).toEqual(["n1", "n2", "n3"]);
});

it("a throttle holds back whoever copies until an operator takes it off, through any node", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 5 });
  for (let i = 0; i < 40; i++) await cluster.via("n1").put(`cart ${i}`, "milk");
  const operator = operatorAt(cluster, "n1");
  expect(await operator.begin({ change: JOIN, throttle: 50 })).toMatchObject({
    state: { phase: "joining", throttle: 50 },
  });
  await cluster.run(10_000);
  const { copied, toCopy, phase } = await operator.status();
  expect({ phase, isUnderWay: copied < toCopy }).toEqual({ phase: "joining", isUnderWay: true });
  expect(await operatorAt(cluster, "n3").throttle(0)).toMatchObject({ state: { throttle: 0 } });
  await until(cluster, operator, ({ id }) => id === "");
  expect(await operator.throttle(1.5)).toMatch(/^a throttle of 1.5: whole bytes a second/);
  expect(await operator.throttle(5)).toBe("no ring change is in progress");
});

it("what cannot be meant is refused with a sentence", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 4 });
  const operator = operatorAt(cluster, "n1");
  expect(await operator.begin({})).toBe("the request names no change of the ring");
  expect(await operator.begin({ change: JOIN, id: "x" })).toMatch(/^"x" is no id of a change/);
  const strange = { case: "leave" as const, value: { nodes: ["no spaces"] } };
  expect(await operator.begin({ change: strange })).toBe('"no spaces" is not a node id');
  const alive = { case: "remove" as const, value: { nodes: ["n2"] } };
  expect(await operator.begin({ change: alive })).toMatch(/^n2 is alive/);
  const weigh = { case: "weigh" as const, value: { node: "n2", weight: 1 } };
  expect(await operator.begin({ change: weigh })).toBe("nothing would change");
  expect(await operator.amend(Order.UNSPECIFIED)).toMatch(/^say whether/);
  expect(await operator.amend(Order.ABORT)).toBe("no ring change is in progress");
});
