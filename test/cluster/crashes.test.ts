import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { RealCluster } from "./real-cluster.ts";
import { WriteLoad } from "./write-load.ts";

describe("three nodes at N=3 R=W=2", () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start();
  });

  afterAll(() => cluster.stop());

  async function expectNothingLost(load: WriteLoad): Promise<void> {
    for (const index of cluster.nodes.keys()) {
      expect(await load.lostThrough(index)).toEqual([]);
    }
  }

  test("one node killed under load and restarted: no call fails, every acknowledged write reads back through each node", async () => {
    const load = new WriteLoad(cluster.nodes.map(({ address }) => address));
    await load.acknowledge(200);
    await cluster.kill("n2");
    await load.acknowledge(200);
    await cluster.restart("n2");
    await load.acknowledge(200);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.acknowledged.size).toBeGreaterThan(600);
    await cluster.settled();
    await expectNothingLost(load);
    load.close();
  });

  test("two nodes killed: a quorum call fails long before its deadline and says what is missing; once one is back it succeeds", async () => {
    await cluster.kill("n2", "n3");
    const alone = cluster.node("n1").address;
    const beganMs = Date.now();
    const put = ["put", "carts", "bob", "bread", "--cluster", alone, "--json"];
    const failed = await cluster.run([...put, "--timeout-ms", "20000"]);
    expect(Date.now() - beganMs).toBeLessThan(20_000);
    expect([4, 5]).toContain(failed.code);
    const { error } = JSON.parse(failed.stderr);
    expect(error).toMatchObject({ required: 2 });
    expect(error.received).toBeLessThan(2);
    const get = await cluster.run(["get", "carts", "bob", "--cluster", alone]);
    expect(get.code).toBe(4);
    const one = await cluster.run(["get", "carts", "bob", "--r", "1", "--cluster", alone]);
    expect([0, 3]).toContain(one.code);

    await cluster.restart("n3");
    await eventually(async () => expect((await cluster.run(put)).code).toBe(0));
    await cluster.restart("n2");
    await cluster.settled();
  });

  test("all three killed under load and restarted: every acknowledged write is there", async () => {
    const load = new WriteLoad(cluster.nodes.map(({ address }) => address));
    await load.acknowledge(300);
    await cluster.kill("n1", "n2", "n3");
    const acknowledged = load.acknowledged.size;
    await cluster.restart("n1", "n2", "n3");
    await cluster.settled();
    await load.acknowledge(50);
    await load.stop();
    expect(acknowledged).toBeGreaterThanOrEqual(300);
    expect(load.acknowledged.size).toBeGreaterThan(acknowledged);
    await expectNothingLost(load);
    load.close();
  });

  test("SIGTERM lets a node end with exit code 0, and the next start finds no lock", async () => {
    for (const { id } of cluster.nodes) cluster.process(id).signal("SIGTERM");
    for (const { id } of cluster.nodes) {
      expect((await cluster.process(id).finished).code).toBe(0);
    }
    await cluster.restart("n1", "n2", "n3");
    await cluster.settled();
    const got = await cluster.run(["get", "carts", "bob"]);
    expect(got.stdout).toContain("bread");
  });
});
