import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";

const KEYS = Array.from({ length: 24 }, (_, i) => `key-${i}`);

/** Puts every key, with a value that says when. */
async function putAll(cluster: Scenario, via: string, when: string): Promise<void> {
  for (const key of KEYS) {
    const { outcome } = await cluster.via(via).put(key, `${key} ${when}`, { strict: true });
    expect(outcome).toBe("ok");
  }
}

/** Waits until the ring is stable and nobody holds what it gave up. */
async function untilStable(cluster: Scenario): Promise<void> {
  for (let round = 0; round < 120; round++) {
    await cluster.run(500);
    if (cluster.cluster.ring.record.change === undefined) return;
  }
  throw new Error("the ring change does not end");
}

it("a node joins and leaves again while every write stays readable", async () => {
  const cluster = await Scenario.begin({ nodes: 4, owners: 3, seed: 1 });
  await putAll(cluster, "n1", "before");
  const owner = { id: "n4", weight: 1, zone: "" };
  expect(await cluster.changeRing("n2", { kind: "join", nodes: [owner] })).toBe("done");
  await putAll(cluster, "n3", "during");
  await untilStable(cluster);
  expect(cluster.cluster.ring.record.owners.map(({ id }) => id)).toEqual(["n1", "n2", "n3", "n4"]);
  await putAll(cluster, "n4", "after");
  expect(await cluster.changeRing("n4", { kind: "leave", nodes: ["n1"] })).toBe("done");
  await untilStable(cluster);
  for (const key of KEYS) {
    const { values } = await cluster.via("n1").get(key, { strict: true });
    expect(values).toEqual([`${key} after`]);
  }
  await cluster.run(5_000);
  expect(await cluster.machine("n1").stats()).toMatchObject({ rows: 0 });
  expect(await cluster.settle()).toEqual([]);
});
