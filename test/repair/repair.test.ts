import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../cluster/eventually.ts";
import { RepairCluster } from "./repair-cluster.ts";

let replicas: RepairCluster;

beforeAll(async () => {
  replicas = await RepairCluster.start(1_500);
});

afterAll(() => replicas.stop());

test("replicas that hold the same are compared and nothing moves, whichever node is asked", async () => {
  const nodes = await replicas.repair();
  expect(nodes.map(({ id }) => id).sort()).toEqual(["n1", "n2", "n3"]);
  // Three pairs for each of 1,024 partitions.
  expect(nodes.reduce((sum, node) => sum + node.compared, 0)).toBe(3 * 1024);
  for (const node of nodes) expect(node).toMatchObject({ failed: 0, pulled: 0, pushed: 0 });
  expect((await replicas.status("n1")).unrepairedMs).toBeLessThan(120_000);
});

test("one partition or one node alone can be repaired, and what is not there is said", async () => {
  const [node, ...others] = await replicas.repair("--partition", "17", "--node", "n2");
  expect(others).toEqual([]);
  expect(node).toMatchObject({ id: "n2", comparisons: 2, compared: 2 });
  const unknown = await replicas.cluster.run(["repair", "--node", "n9"]);
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain("n9 owns nothing");
  expect((await replicas.cluster.run(["repair", "--bucket", "none"])).code).toBe(3);
});

test("a node whose database was deleted heals to what the others hold", async () => {
  await replicas.end("n3");
  replicas.wipe("n3");
  await replicas.cluster.restart("n3");
  await eventually(async () => {
    const { recoveringPartitions, rows } = await replicas.status("n3");
    expect({ recoveringPartitions, rows }).toEqual({ recoveringPartitions: 0, rows: 1_500 });
  }, 120_000);
  const [node] = await replicas.repair("--node", "n3");
  expect(node).toMatchObject({ failed: 0, differed: 0 });
});

test("rotten rows are found without being read, and come back from the others", async () => {
  const rotten = replicas.keys.slice(100, 120);
  await replicas.end("n2");
  replicas.rot("n2", rotten);
  await replicas.cluster.restart("n2");
  await eventually(async () => {
    expect((await replicas.status("n2")).suspectRows).toBe(rotten.length);
  }, 120_000);
  await replicas.repair("--node", "n2");
  await eventually(async () => {
    const { suspectRows, recoveringPartitions } = await replicas.status("n2");
    expect({ suspectRows, recoveringPartitions }).toEqual({
      suspectRows: 0,
      recoveringPartitions: 0,
    });
  }, 120_000);
  expect((await replicas.repair("--node", "n2"))[0]).toMatchObject({ failed: 0, differed: 0 });
});
