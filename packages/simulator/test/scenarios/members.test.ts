import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { expectReplicasAgree } from "./agreement.ts";

it("after all nodes fell and rose at once nobody is stuck as dead [trap 22]", async () => {
  const cluster = await Scenario.begin({ seed: 1 });
  const nodes = cluster.nodesOf("cart");
  await cluster.via(nodes[0]!).put("cart", "milk", { strict: true });
  cluster.crash(...nodes.slice(2));
  await cluster.run(20_000);
  cluster.crash(...nodes.slice(0, 2));
  await cluster.run(1_000);
  await cluster.start(...nodes);
  await expectReplicasAgree(cluster, "cart", ["milk"]);
});

it("a node comes back under another address and is the same node [trap 23]", async () => {
  const cluster = await Scenario.begin({ seed: 2 });
  const [a, b] = cluster.nodesOf("cart");
  await cluster.via(a!).put("cart", "milk", { strict: true });
  cluster.crash(b!);
  cluster.machine(b!).move("elsewhere");
  await cluster.start(b!);
  await cluster.run(5_000);
  expect((await cluster.via(b!).put("cart", "eggs", { strict: true })).outcome).toBe("ok");
  await expectReplicasAgree(cluster, "cart", ["eggs"]);
});
