import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { expectReplicasAgree } from "./agreement.ts";

it("a retry of a write in doubt puts that very write on W nodes, and makes no second one [trap 9]", async () => {
  const cluster = await Scenario.begin({ seed: 1 });
  const [a, b] = cluster.nodesOf("cart");
  cluster.isolate(a!);
  const alice = cluster.via(a!);
  expect((await alice.put("cart", "milk", { strict: true })).outcome).toBe("inDoubt");
  cluster.heal();
  await cluster.run(5_000);
  const retried = await alice.retry(b!);
  expect(retried).toMatchObject({ outcome: "ok", intersects: true });
  expect(retried.acknowledged.length).toBeGreaterThanOrEqual(2);
  expect((await cluster.client("bob").get("cart", { strict: true })).values).toEqual(["milk"]);
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

it("a sloppy write counts a fallback and its receipt says so; a strict one refuses to [trap 10]", async () => {
  const cluster = await Scenario.begin({ seed: 2 });
  const [a, b, c] = cluster.nodesOf("cart");
  cluster.crash(b!, c!);
  await cluster.run(15_000);
  const sloppy = await cluster.via(a!).put("cart", "milk");
  expect(sloppy).toMatchObject({ outcome: "ok", primaries: 1, intersects: false });
  expect(sloppy.acknowledged).toHaveLength(2);
  const strict = await cluster.via(a!).put("cart", "eggs", { strict: true });
  expect(strict.outcome).toBe("failed");
  await cluster.start(b!, c!);
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

it("a hint brings a write home when its primary is back, without anybody reading [Dynamo §4.6]", async () => {
  const cluster = await Scenario.begin({ seed: 3 });
  const [a, b, c] = cluster.nodesOf("cart");
  cluster.crash(b!, c!);
  await cluster.run(15_000);
  await cluster.via(a!).put("cart", "milk");
  await cluster.start(b!, c!);
  await cluster.run(30_000);
  expect(await cluster.replicas("cart")).toEqual({
    [a!]: ["milk"],
    [b!]: ["milk"],
    [c!]: ["milk"],
  });
  expect(await cluster.settle()).toEqual([]);
});

it("two monotonic reads do not go from new to old, though only one replica had the write [trap 11]", async () => {
  const cluster = await Scenario.begin({ seed: 4 });
  const [a, b] = cluster.nodesOf("cart");
  await cluster.client("writer").via(a!).put("cart", "milk", { strict: true });
  cluster.isolate(a!);
  const doubtful = cluster.client("writer").via(a!);
  expect((await doubtful.put("cart", "eggs", { strict: true })).outcome).toBe("inDoubt");
  cluster.heal();
  await cluster.run(500);
  const first = await cluster.client("bob").via(a!).get("cart", { monotonic: true });
  expect(first).toMatchObject({ outcome: "ok", values: ["eggs"] });
  cluster.crash(a!);
  await cluster.run(500);
  const second = await cluster.client("bob").via(b!).get("cart", { monotonic: true });
  expect(second).toMatchObject({ outcome: "ok", values: ["eggs"] });
  await cluster.start(a!);
  await expectReplicasAgree(cluster, "cart", ["eggs"]);
});

it("a write whose coordinator died before it answered is in doubt, never failed [trap 12]", async () => {
  const cluster = await Scenario.begin({ seed: 5 });
  const [a] = cluster.nodesOf("cart");
  // Dies a few of its ports' events into the write: it has minted and sent, and says nothing any more.
  cluster.machine(a!).dieAt({ atCall: 8, awaits: 0, power: false }, () => {});
  const told = await cluster.via(a!).put("cart", "milk");
  expect(told.outcome).toBe("inDoubt");
  await cluster.start(a!);
  expect(await cluster.settle()).toEqual([]);
});

it("a replica that lost its disk does not vote that a key is absent [trap 14b]", async () => {
  const cluster = await Scenario.begin({ seed: 6 });
  const [a, b, c] = orderedWithout("n1", cluster.nodesOf("cart").slice(0, 3));
  cluster.crash(c);
  await cluster.via(a).put("cart", "milk", { strict: true });
  cluster.crash(b);
  cluster.machine(b).wipe();
  await cluster.start(b, c);
  // The only one that still has it cannot be reached: an honest error, and no "not found".
  cluster.crash(a);
  await cluster.run(4_000);
  const read = await cluster.client("bob").via(c).get("cart", { strict: true });
  expect(read.outcome).not.toBe("ok");
  await cluster.start(a);
  await cluster.run(10_000);
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

it("a read does not wait for a replica that stands still: it asks another one [trap 15]", async () => {
  const cluster = await Scenario.begin({ seed: 7 });
  const [a, b] = cluster.nodesOf("cart");
  await cluster.via(a!).put("cart", "milk", { strict: true });
  cluster.machine(b!).pause();
  const beganMs = cluster.world.time.monotonicMs();
  const read = await cluster.via(a!).get("cart", { strict: true });
  expect(read).toMatchObject({ outcome: "ok", values: ["milk"] });
  expect(read.acknowledged).not.toContain(b);
  expect(cluster.world.time.monotonicMs() - beganMs).toBeLessThan(500);
  cluster.machine(b!).resume();
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

/** Three primaries, one that never loses its disk (the founder) last of the first two or not among them. */
function orderedWithout(founder: string, nodes: readonly string[]): [string, string, string] {
  const [x, y, z] = [...nodes].sort((p, q) => Number(q === founder) - Number(p === founder));
  return [x!, y!, z!];
}

it("a fallback that lost its disk hears where was collected before it keeps anything for others [trap 20]", async () => {
  const collection = { graceMs: 0, intervalMs: 500 };
  const cluster = await Scenario.begin({ seed: 16, collection });
  const [a, , , d] = cluster.nodesOf("cart");
  const alice = cluster.via(a!);
  await alice.put("cart", "milk");
  await alice.delete("cart");
  await cluster.run(3_000);
  const fallback = cluster.machine(d!);
  const collected = async () =>
    (await cluster.world.until(fallback.stats(), 1_000)).eras.some(([, swept]) => swept > 0);
  expect(await collected()).toBe(true);
  cluster.crash(d!);
  fallback.wipe();
  await cluster.start(d!);
  // Sooner than its next pass would tell it.
  await cluster.run(450);
  expect(await collected()).toBe(true);
});
