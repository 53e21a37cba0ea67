import { afterAll, beforeAll, expect, test } from "vitest";
import { coterie } from "./coterie-process.ts";
import { eventually } from "./eventually.ts";
import { RealCluster } from "./real-cluster.ts";

let cluster: RealCluster;

beforeAll(async () => {
  const often = ["--collect-grace-ms", "0", "--collect-interval-ms", "200"];
  cluster = await RealCluster.start(3, often);
});

afterAll(() => cluster.stop());

const run = (...args: string[]) => coterie([...args, "--cluster", cluster.nodes[0]!.address]);

interface Explained {
  readonly preferenceList: readonly string[];
  readonly replicas: readonly { readonly rowBytes: number; readonly keptBecause?: string }[];
}

async function explain(key: string): Promise<Explained> {
  const { stdout } = await run("explain", "carts", key, "--json");
  return JSON.parse(stdout) as Explained;
}

/** How many nodes hold a row of the key, and why a deleted one is kept. */
async function explained(key: string): Promise<{ rows: number; kept: string[] }> {
  const { replicas } = await explain(key);
  return {
    rows: replicas.filter(({ rowBytes }) => rowBytes > 0).length,
    kept: replicas.flatMap(({ keptBecause }) => keptBecause ?? []),
  };
}

test("what was deleted goes from every node, stays away, and a node that is down is named", async () => {
  await run("put", "carts", "alice", "milk");
  await run("delete", "carts", "alice");
  await eventually(async () => expect((await explained("alice")).rows).toBe(0), 60_000);
  const { stdout } = await run("get", "carts", "alice", "--json");
  expect(stdout).not.toContain("milk");

  // The first of the preference list leads the rounds: another one than the node that is killed.
  const keys = ["bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan"];
  const leaders = await Promise.all(
    keys.map(async (key) => (await explain(key)).preferenceList[0]),
  );
  const bob = keys.find((_, at) => leaders[at] !== "n3")!;
  await run("put", "carts", bob, "eggs");
  await cluster.kill("n3");
  await run("delete", "carts", bob);
  await eventually(async () => {
    const { rows, kept } = await explained(bob);
    expect(rows).toBeGreaterThan(0);
    expect(kept.join()).toMatch(/n3/);
  }, 60_000);
  await cluster.restart("n3");
  await eventually(async () => expect((await explained(bob)).rows).toBe(0), 60_000);
}, 180_000);

test("a put with a time to live is gone after it, and its row is collected", async () => {
  await run("put", "carts", "zoe", "bread", "--ttl", "300ms");
  await eventually(async () => expect((await explained("zoe")).rows).toBe(0), 60_000);
}, 90_000);
