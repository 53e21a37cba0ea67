import { afterAll, beforeAll, expect, test } from "vitest";
import { RealCluster } from "./real-cluster.ts";

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start(4, ["--partitions", "64"]);
  for (const key of ["alice", "bob"]) await cluster.run(["put", "carts", key, `of ${key}`]);
});

afterAll(() => cluster.stop());

async function owners(): Promise<string[]> {
  const { stdout } = await cluster.run(["ring", "--json"]);
  return JSON.parse(stdout).owners.map(({ id }: { id: string }) => id);
}

test("a plan shows what each node gains and gives up, and changes nothing", async () => {
  const { code, stdout, stderr } = await cluster.run(["ring", "leave", "n4", "--plan"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^node +gains +gives up +copies\nn1 +\d+ +(\d+ +)?about [\d.]+ (\wi)?B\n/);
  expect(stdout).toMatch(
    /\nN=3: \d+ replicas move \(1\.\d\d × the minimum\); fullest: n\d will hold/,
  );
  expect(await owners()).toEqual(["n1", "n2", "n3", "n4"]);
});

test("an owner leaves and comes back with more weight, told step by step", async () => {
  const leave = await cluster.run(["ring", "leave", "n4"]);
  expect(leave.code).toBe(0);
  expect(leave.stdout).toMatch(/\ndone: ring epoch 4\n$/);
  expect(leave.stderr).toMatch(/leave n4: copied [\d,]+ of [\d,]+ replicas\n/);
  expect(await owners()).toEqual(["n1", "n2", "n3"]);
  const weighty = ["n4", "--weight", "2", "--throttle", "1MB"];
  const join = await cluster.run(["ring", "join", ...weighty, "--no-wait", "--json"]);
  expect(JSON.parse(join.stdout)).toMatchObject({
    plan: { placements: [{ n: 3, copies: 3, unproven: 0 }], bytes: expect.any(Number) },
    change: { kind: "join", nodes: ["n4"], aborting: false, throttle: 1_000_000 },
  });
  const followed = await cluster.run(["ring", "status", "--follow", "--json"]);
  expect(JSON.parse(followed.stdout)).toEqual({
    epoch: 7,
    phase: "stable",
    blockers: [],
    rivals: [],
  });
  expect(await owners()).toEqual(["n1", "n2", "n3", "n4"]);
  for (const key of ["alice", "bob"]) {
    expect((await cluster.run(["get", "carts", key])).stdout).toBe(`of ${key}\n`);
  }
}, 120_000);

test("what cannot be is refused with the reason and exit code 2", async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await cluster.run(["ring", ...args]);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused("remove", "n1")).toMatch(/^coterie: n1 is alive, and would be refused/);
  expect(await refused("join", "n9")).toMatch(/^coterie: n9 is not a member: start it with --join/);
  expect(await refused("abort")).toMatch(/^coterie: no ring change is in progress\n/);
  expect(await refused("throttle", "20MB")).toMatch(/^coterie: no ring change is in progress\n/);
  expect(await refused("force", "n4")).toMatch(/^coterie: this is the last resort\./);
  expect(await refused("force", "n4", "--yes")).toMatch(/a majority of the owners answers/);
  expect(await refused("throttle", "fast")).toMatch(/neither "auto" nor bytes a second/);
  expect(await refused("weight", "n2", "101")).toMatch(/not a whole number from 1 to 100/);
});
