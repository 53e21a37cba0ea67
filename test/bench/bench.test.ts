import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BenchResult, PLAN_DEFAULTS, runBench, runSkeleton } from "@coterie/bench";
import { afterAll, beforeAll, expect, test } from "vitest";
import { coterie } from "../cluster/coterie-process.ts";
import { RealCluster, temporaryDirectory } from "../cluster/real-cluster.ts";

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start(3);
});
afterAll(() => cluster.stop());

const short = ["--records", "200", "--seconds", "1", "--warmup", "0", "--concurrency", "8"];

test("a run loads the keys, measures without an error, and keeps its result for comparison", async () => {
  const file = join(cluster.directory, "f.json");
  const { code, stdout, stderr } = await cluster.run([
    ...["bench", "--workload", "f", "--processes", "2", "--out", file, "--json"],
    ...short,
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as BenchResult;
  expect(result).toMatchObject({ workload: "f", seconds: 1, errors: 0, errorsByKind: {} });
  expect(result.operations).toBeGreaterThan(0);
  expect(Object.keys(result.latencyMsByOperation).sort()).toEqual(["modify", "read"]);
  expect(result.load?.records).toBe(200);
  expect(result.siblings.keys).toBeGreaterThan(0);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(result);
  // On Linux the nodes of this machine are found by their ports.
  if (process.platform === "linux") {
    expect(Object.keys(result.cpuUsPerOperation.nodes).sort()).toEqual(
      cluster.nodes.map(({ address }) => address).sort(),
    );
    expect(result.cpuUsPerOperation.allNodes).toBeGreaterThan(0);
    expect(result.cpuUsPerOperation.load).toBeGreaterThan(0);
  }
  const compared = await coterie(["bench", "compare", file, file]);
  expect(compared.stdout).toMatch(/operations\/s .* 1\.000/);
});

test("an open loop offers its rate to an lww bucket, and a run without a load finds the keys of the one before", async () => {
  const args = ["bench", "--workload", "a", "--mode", "lww", "--bucket", "lww", "--json"];
  const loaded = await cluster.run([...args, ...short]);
  expect(loaded.code).toBe(0);
  const { stdout } = await cluster.run([...args, ...short, "--rate", "50", "--no-load"]);
  const result = JSON.parse(stdout) as BenchResult;
  expect(result.errors).toBe(0);
  expect(result.latencyMs.count).toBeLessThanOrEqual(50);
  expect(result.load).toBeUndefined();
  expect(result.siblings).toMatchObject({ mean: 1, max: 1 });
  expect(result.readsBeforeWrites).toBeGreaterThan(0);
});

test("a cluster that is not there, and a file that is no result, are said", async () => {
  const nobody = await coterie(["bench", "--cluster", "127.0.0.1:1", ...short]);
  expect(nobody.code).toBe(4);
  expect(nobody.stderr).toContain("no node told where keys live");
  const wrong = await coterie(["bench", "compare", "/dev/null", "/dev/null"]);
  expect(wrong.code).toBe(2);
});

test("the skeleton takes the same load", async () => {
  const directory = temporaryDirectory();
  const skeleton = await runSkeleton(directory.path);
  try {
    const plan = { ...PLAN_DEFAULTS, addresses: skeleton.addresses, records: 200 };
    const result = await runBench({ ...plan, seconds: 1, warmupSeconds: 0 });
    expect(result.errors).toBe(0);
    expect(result.operations).toBeGreaterThan(0);
    expect(result.siblings).toMatchObject({ mean: 1, max: 1 });
  } finally {
    await skeleton.close();
    directory.remove();
  }
});
