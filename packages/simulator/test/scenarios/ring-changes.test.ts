import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";

const KEYS = Array.from({ length: 24 }, (_, i) => `key-${i}`);

const owner = (id: string) => ({ id, weight: 1, zone: "" });

/** Puts every key, with a value that says when. */
async function putAll(cluster: Scenario, via: string, when: string): Promise<void> {
  for (const key of KEYS) {
    const { outcome } = await cluster.via(via).put(key, `${key} ${when}`, { strict: true });
    expect(outcome).toBe("ok");
  }
}

async function expectAll(cluster: Scenario, via: string, when: string): Promise<void> {
  for (const key of KEYS) {
    const { values } = await cluster.via(via).get(key, { strict: true });
    expect(values).toEqual([`${key} ${when}`]);
  }
}

/** Waits until the ring is as it should be, and returns its owners. */
async function owners(cluster: Scenario, phase: string): Promise<string[]> {
  for (let round = 0; round < 240; round++) {
    await cluster.run(250);
    const { record } = cluster.cluster.ring;
    if (record.phase === phase) return record.owners.map(({ id }) => id);
  }
  throw new Error(`the ring does not come to be ${phase}`);
}

it("a node joins and leaves again while every write stays readable", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 1 });
  await putAll(cluster, "n1", "before");
  expect(await cluster.changeRing("n2", { kind: "join", nodes: [owner("n4")] })).toBe("done");
  await putAll(cluster, "n3", "during");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n3", "n4"]);
  await expectAll(cluster, "n4", "during");
  await putAll(cluster, "n4", "after");
  expect(await cluster.changeRing("n4", { kind: "leave", nodes: ["n1"] })).toBe("done");
  expect(await owners(cluster, "stable")).toEqual(["n2", "n3", "n4"]);
  await expectAll(cluster, "n1", "after");
  await cluster.run(5_000);
  expect(await cluster.machine("n1").stats()).toMatchObject({ rows: 0 });
  expect(await cluster.settle()).toEqual([]);
});

it("whoever drives or copies may crash: the change goes on where it was", async () => {
  const cluster = await Scenario.begin({ nodes: 5, owners: 3, seed: 2 });
  await putAll(cluster, "n1", "before");
  const nodes = [owner("n4"), owner("n5")];
  expect(await cluster.changeRing("n1", { kind: "join", nodes })).toBe("done");
  // Nobody but the acceptors has heard of it yet.
  cluster.crash("n1", "n4");
  expect(await owners(cluster, "joining")).toEqual(["n1", "n2", "n3"]);
  await expectAll(cluster, "n2", "before");
  await cluster.run(10_000);
  expect(cluster.cluster.ring.record.phase).toBe("joining");
  await cluster.start("n4");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  await cluster.start("n1");
  // It hears from the others where they are.
  await cluster.run(1_000);
  await expectAll(cluster, "n1", "before");
  expect(await cluster.settle()).toEqual([]);
});

it("a dead owner is removed, its share is copied from the others, and it is refused for ever", async () => {
  const cluster = await Scenario.begin({ nodes: 4, seed: 3 });
  await putAll(cluster, "n1", "before");
  cluster.crash("n3");
  await cluster.run(20_000);
  expect(await cluster.changeRing("n1", { kind: "remove", nodes: ["n3"] })).toBe("done");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n4"]);
  await expectAll(cluster, "n2", "before");
  await cluster.start("n3").catch(() => {});
  await cluster.run(5_000);
  expect(cluster.cluster.ring.record.removed).toEqual(["n3"]);
  const barred = cluster.world.log.events.filter(
    ({ who, what }) => who === "n1" && what.includes("removed from the cluster for good"),
  );
  expect(barred.length).toBeGreaterThan(0);
  await expectAll(cluster, "n1", "before");
});

it("a member takes the place of a dead owner", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 4 });
  await putAll(cluster, "n1", "before");
  cluster.crash("n2");
  await cluster.run(20_000);
  const replace = { kind: "replace", old: "n2", by: "n4" } as const;
  expect(await cluster.changeRing("n3", replace)).toBe("done");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n3", "n4"]);
  await expectAll(cluster, "n4", "before");
});

it("a second operator hears of the change in progress, also where the network was parted", async () => {
  const cluster = await Scenario.begin({ nodes: 5, owners: 3, seed: 5 });
  cluster.partition(["n1", "n4"], ["n2", "n3", "n5"]);
  const minority = cluster.changeRing("n1", { kind: "join", nodes: [owner("n4")] });
  expect(await minority).toMatch(/^failed: too few owners answer/);
  expect(await cluster.changeRing("n2", { kind: "join", nodes: [owner("n5")] })).toBe("done");
  cluster.heal();
  await cluster.run(3_000);
  const second = await cluster.changeRing("n1", { kind: "join", nodes: [owner("n4")] });
  expect(second).toMatch(/^(refused: change .* is in progress|done)/);
  expect(await owners(cluster, "stable")).toContain("n5");
  expect(await cluster.settle()).toEqual([]);
});

it("an owner that lost its disk has a new say in the next change", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 6 });
  await putAll(cluster, "n1", "before");
  for (const id of ["n2", "n3"]) {
    cluster.crash(id);
    cluster.machine(id).wipe();
    await cluster.start(id);
    await cluster.run(10_000);
  }
  expect(await cluster.changeRing("n1", { kind: "join", nodes: [owner("n4")] })).toBe("done");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n3", "n4"]);
  await expectAll(cluster, "n3", "before");
  expect(await cluster.settle()).toEqual([]);
});

it("an owner that slept through two changes, and is to gain what it lost unseen, discards it and copies it anew", async () => {
  const cluster = await Scenario.begin({ nodes: 5, owners: 4, seed: 7 });
  await putAll(cluster, "n1", "before");
  cluster.crash("n4");
  await cluster.run(20_000);
  expect(await cluster.changeRing("n1", { kind: "join", nodes: [owner("n5")] })).toBe("done");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  await putAll(cluster, "n1", "meanwhile");
  expect(await cluster.changeRing("n1", { kind: "leave", nodes: ["n5"] })).toBe("done");
  await cluster.run(5_000);
  expect(cluster.cluster.ring.record.phase).toBe("joining");
  await cluster.start("n4");
  expect(await owners(cluster, "stable")).toEqual(["n1", "n2", "n3", "n4"]);
  await expectAll(cluster, "n4", "meanwhile");
  expect(await cluster.settle()).toEqual([]);
});
