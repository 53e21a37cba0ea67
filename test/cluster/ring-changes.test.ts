import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { ReadBackLoad } from "./read-back-load.ts";
import { RealCluster } from "./real-cluster.ts";

test("a fourth node joins under strict load and leaves again: no call fails, and what was acknowledged is readable all along", async () => {
  const cluster = await RealCluster.start(4, ["--partitions", "64"], 3);
  try {
    const load = new ReadBackLoad(cluster.nodes.map(({ address }) => address));
    const after = async (calls: number): Promise<void> => {
      const goal = load.calls + calls;
      await eventually(() => expect(load.calls).toBeGreaterThan(goal), 60_000);
    };
    await after(150);
    const joined = await cluster.run(["ring", "join", "n4", "--timeout-ms", "120000"]);
    expect(joined.code, joined.stderr).toBe(0);
    await after(150);
    const left = await cluster.run(["ring", "leave", "n1", "--timeout-ms", "120000"]);
    expect(left.code, left.stderr).toBe(0);
    await after(150);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.misses).toEqual([]);
    const shares = JSON.parse((await cluster.run(["ring", "--json"])).stdout);
    expect(shares.owners.map(({ id }: { id: string }) => id)).toEqual(["n2", "n3", "n4"]);
    await eventually(async () => {
      const status = JSON.parse((await cluster.run(["status", "--json"])).stdout);
      const gone = status.nodes.find(({ id }: { id: string }) => id === "n1");
      expect(gone.rows).toBe(0);
    }, 60_000);
  } finally {
    await cluster.stop();
  }
}, 240_000);
