import { encodeUtf8 } from "@coterie/core";
import { partitionOfRow, rowKey } from "@coterie/shard-engine";
import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { expectReplicasAgree } from "./agreement.ts";

/** Another key of the same partition. */
function besides(key: string): string {
  const partitionOf = (name: string) => partitionOfRow(rowKey("story", encodeUtf8(name)), 16);
  for (let i = 0; ; i++) if (partitionOf(`${key}${i}`) === partitionOf(key)) return `${key}${i}`;
}

it("a write whose copy comes after a collection round has ended is sent again as its row stands, and is no doubt", async () => {
  const collection = { graceMs: 0, intervalMs: 300 };
  const cluster = await Scenario.begin({ seed: 21, nodes: 3, timeoutMs: 4_000, collection });
  const [leader, writer, late] = cluster.nodesOf("cart");
  const gone = besides("cart");
  await cluster.via(leader!).put(gone, "milk", { w: 3 });
  await cluster.via(leader!).delete(gone, { w: 3 });
  const { network } = cluster.world;
  network.delay(writer!, late!, () => 1_000);
  const told = await cluster.via(writer!).put("cart", "eggs", { w: 3, blind: true });
  expect(told).toMatchObject({ outcome: "ok", primaries: 3 });
  const { eras } = await cluster.world.until(cluster.machine(late!).stats(), 1_000);
  expect(eras.some(([, , collected]) => collected > 0)).toBe(true);
  await expectReplicasAgree(cluster, "cart", ["eggs"]);
});
