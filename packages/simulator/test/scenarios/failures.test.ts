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
