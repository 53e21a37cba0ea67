import { create } from "@bufbuild/protobuf";
import { RepairRequestSchema } from "@coterie/wire";
import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { expectReplicasAgree } from "./agreement.ts";

it("primaries that have just died are known to be gone long before SWIM says so: a strict write fails clearly and a sloppy one reaches fallbacks, both at once", async () => {
  const cluster = await Scenario.begin({ seed: 11, timeoutMs: 5_000 });
  const [a, b, c] = cluster.nodesOf("cart");
  cluster.crash(b!, c!);
  await cluster.run(300);
  const beganMs = cluster.world.time.monotonicMs();
  const strict = await cluster.via(a!).put("cart", "eggs", { strict: true });
  expect(strict.outcome).toBe("failed");
  const sloppy = await cluster.via(a!).put("cart", "milk");
  expect(sloppy).toMatchObject({ outcome: "ok", primaries: 1 });
  expect(cluster.world.time.monotonicMs() - beganMs).toBeLessThan(200);
  await cluster.start(b!, c!);
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

it("a primary that stands still, its connections whole, is written around after two seconds; when it goes on it is written to again", async () => {
  const cluster = await Scenario.begin({ seed: 12, timeoutMs: 10_000 });
  const [a, b] = cluster.nodesOf("cart");
  cluster.machine(b!).pause();
  for (let i = 0; i < 6; i++) await cluster.via(a!).put("cart", `v${i}`);
  await cluster.run(2_500);
  const around = await cluster.via(a!).put("cart", "around", { w: 3 });
  expect(around).toMatchObject({ outcome: "ok", primaries: 2 });
  expect(around.acknowledged).not.toContain(b);
  cluster.machine(b!).resume();
  await cluster.run(3_000);
  const again = await cluster.via(a!).put("cart", "again", { w: 3, strict: true });
  expect(again).toMatchObject({ outcome: "ok", primaries: 3 });
  await expectReplicasAgree(cluster, "cart", ["again"]);
});

it("a node that stood still says that it is degraded, and accuses nobody", async () => {
  const cluster = await Scenario.begin({ seed: 13 });
  const [a] = cluster.nodesOf("cart");
  cluster.machine(a!).pause();
  await cluster.run(2_000);
  cluster.machine(a!).resume();
  await cluster.run(300);
  const status = await cluster.world.until(cluster.machine(a!).node!.operators.status(), 5_000);
  expect(status).toMatchObject({
    nodes: expect.arrayContaining([
      expect.objectContaining({ id: a, degraded: expect.stringMatching(/event loop/) }),
    ]),
  });
  expect(status).toMatchObject({
    nodes: expect.not.arrayContaining([expect.objectContaining({ state: "suspect" })]),
  });
});

it("a primary slowed to 500 ms an answer loses its part in reads within a few of them, no write waits for it, and it is thought well of again", async () => {
  const cluster = await Scenario.begin({ seed: 14, timeoutMs: 5_000 });
  const [a, b] = cluster.nodesOf("cart");
  const alice = cluster.via(a!);
  const slow = (delayMs: number): void => {
    for (const { address } of cluster.cluster.nodes) {
      cluster.world.network.delay(cluster.machine(b!).address, address, () => delayMs);
    }
  };
  const took = async (call: Promise<{ outcome: string }>): Promise<number> => {
    const beganMs = cluster.world.time.monotonicMs();
    expect((await call).outcome).toBe("ok");
    return cluster.world.time.monotonicMs() - beganMs;
  };
  for (let i = 0; i < 20; i++) await alice.put("cart", `v${i}`);
  slow(500);
  const writes: number[] = [];
  const reads: number[] = [];
  for (let i = 0; i < 40; i++) {
    writes.push(await took(alice.put("cart", `w${i}`, { strict: true })));
    reads.push(await took(alice.get("cart", { strict: true })));
    await cluster.run(50);
  }
  expect(Math.max(...writes)).toBeLessThan(100);
  // The first may be hedged; from then on it is not asked.
  expect(Math.max(...reads)).toBeLessThan(200);
  expect(Math.max(...reads.slice(10))).toBeLessThan(30);
  slow(1);
  for (let i = 0; i < 100; i++) {
    await alice.put("cart", `x${i}`);
    await cluster.run(50);
  }
  const status = await cluster.world.until(cluster.machine(a!).node!.operators.status(), 5_000);
  const seen = "nodes" in status ? status.nodes.find(({ id }) => id === b) : undefined;
  expect(seen).toMatchObject({ state: "alive", circuit: "closed" });
  expect(seen!.latencyMs).toBeLessThan(30);
  expect(await cluster.settle()).toEqual([]);
});

it("a hint for a primary that its keeper can reach goes home at once, though the coordinator cannot reach it", async () => {
  const cluster = await Scenario.begin({ seed: 15, timeoutMs: 5_000 });
  const [a, b] = cluster.nodesOf("cart");
  cluster.partition([a!], [b!]);
  await cluster.run(11_000);
  const told = await cluster.via(a!).put("cart", "milk", { w: 3 });
  expect(told).toMatchObject({ outcome: "ok", primaries: 2 });
  await cluster.run(1_500);
  expect((await cluster.replicas("cart"))[b!]).toEqual(["milk"]);
  for (const node of cluster.cluster.nodes) {
    const { hints } = await cluster.world.until(node.stats(), 1_000);
    expect(hints).toBe(0);
  }
  cluster.heal();
  expect(await cluster.settle()).toEqual([]);
});

it("two of three replicas lose their disks at once and wait for one another; an operator accepts the loss, and what is left serves strict reads again", async () => {
  const cluster = await Scenario.begin({ seed: 16 });
  const [a, b, c] = cluster.nodesOf("cart");
  await cluster.via(a!).put("cart", "eggs", { w: 3, strict: true });
  cluster.crash(b!, c!);
  for (const id of [b!, c!]) cluster.machine(id).wipe();
  await cluster.start(b!, c!);
  await cluster.run(20_000);
  const strict = { strict: true };
  expect(await cluster.via(a!).get("cart", strict)).toMatchObject({ outcome: "failed" });
  const order = create(RepairRequestSchema, { acceptLoss: true });
  await cluster.world.until(cluster.machine(a!).node!.repairs.begin(order), 5_000);
  await cluster.run(20_000);
  expect(await cluster.via(b!).get("cart", strict)).toMatchObject({ outcome: "ok" });
  await expectReplicasAgree(cluster, "cart", ["eggs"]);
});
