import { afterAll, beforeAll, expect, test } from "vitest";
import { RealCluster } from "./real-cluster.ts";

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start();
});

afterAll(() => cluster.stop());

/** The one line of JSON that a command prints. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await cluster.run([...args, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout.endsWith("\n")).toBe(true);
  expect(stdout.trimEnd()).not.toContain("\n");
  return JSON.parse(stdout);
}

const receipt = {
  epoch: 1,
  coordinator: expect.stringMatching(/^n[123]$/),
  acknowledged: expect.any(Array),
  primaries: 2,
  required: 2,
  intersects: true,
};

test("put answers with a context and a receipt; get with the values, a context and a receipt", async () => {
  const written = await json("put", "carts", "alice", "milk");
  expect(written).toEqual({ context: expect.stringMatching(/^[\w-]+$/), receipt });
  const read = await json("get", "carts", "alice");
  expect(read).toEqual({ values: ["milk"], context: expect.stringMatching(/^[\w-]+$/), receipt });
});

test("a value comes back as it went in: text as a string, JSON as JSON, other bytes as base64", async () => {
  const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);
  await json("put", "kinds", "json", '{"a":[1,true]}', "--json-value");
  const put = await cluster.run(["put", "kinds", "bytes", "-"], { stdin: bytes });
  expect(put.code).toBe(0);
  await cluster.run(["put", "kinds", "text", "-"], { stdin: "two\nlines" });
  expect((await json("get", "kinds", "json")).values).toEqual([{ a: [1, true] }]);
  expect((await json("get", "kinds", "bytes")).values).toEqual([{ base64: "/wD+" }]);
  expect((await json("get", "kinds", "text")).values).toEqual(["two\nlines"]);
  expect((await cluster.run(["get", "kinds", "text"])).stdout).toBe("two\nlines\n");
});

test("siblings are numbered, and the command that settles them stands below and works when pasted", async () => {
  await json("put", "carts", "bob", "milk");
  await json("put", "carts", "bob", "eggs");
  const shown = await cluster.run(["get", "carts", "bob"]);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^\[1\] (milk|eggs) .*\n\[2\] (milk|eggs) /);
  const [, context] = /put carts bob VALUE --context (\S+)/.exec(shown.stderr) ?? [];
  await json("put", "carts", "bob", "both", "--context", context!);
  expect((await json("get", "carts", "bob")).values).toEqual(["both"]);
});

test("delete removes what it has seen; the key is then not found, with exit code 3", async () => {
  await json("put", "carts", "carol", "milk");
  await json("delete", "carts", "carol");
  const gone = await cluster.run(["get", "carts", "carol", "--json"]);
  expect(gone.code).toBe(3);
  expect(JSON.parse(gone.stdout)).toMatchObject({ values: [] });
  expect(JSON.parse(gone.stderr)).toMatchObject({ error: { code: "not_found" } });
  expect((await cluster.run(["delete", "carts", "carol"])).code).toBe(3);
});

test("delete with a context leaves a write that it has not seen", async () => {
  const { context } = await json("put", "carts", "dave", "old");
  await json("put", "carts", "dave", "unseen");
  await json("delete", "carts", "dave", "--context", context);
  expect((await json("get", "carts", "dave")).values).toEqual(["unseen"]);
});

test("the level of a request decides how many replicas stand behind it", async () => {
  const all = await json("put", "carts", "erin", "milk", "--level", "all");
  expect(all.receipt).toMatchObject({ required: 3, primaries: 3 });
  const one = await json("get", "carts", "erin", "--r", "1");
  expect(one.receipt).toMatchObject({ required: 1, intersects: false });
});

test("buckets are created once, listed and shown", async () => {
  const definition = { name: "metrics", n: 3, r: 1, w: 2, rMin: 1, wMin: 2, mode: "lww" };
  const numbers = ["--n", "3", "--r", "1", "--r-min", "1", "--mode", "lww"];
  const create = ["bucket", "create", "metrics", ...numbers];
  expect(await json(...create)).toEqual({ bucket: definition, existed: false });
  expect(await json(...create)).toEqual({ bucket: definition, existed: true });
  expect(await json("bucket", "show", "metrics")).toEqual({ bucket: definition });
  expect((await json("bucket", "list")).buckets).toContainEqual(definition);
  await json("put", "metrics", "cpu", "1");
  await json("put", "metrics", "cpu", "2");
  expect((await json("get", "metrics", "cpu")).values).toEqual(["2"]);
});

test("a bucket's definition is known at every node", async () => {
  const at = (id: string) => ["--cluster", cluster.node(id).address];
  await json("bucket", "create", "wide", "--w", "3", ...at("n1"));
  for (const id of ["n1", "n2", "n3"]) {
    expect((await json("bucket", "show", "wide", ...at(id))).bucket.w).toBe(3);
  }
});

test("status tells every node's id, address and state; ring who owns how much", async () => {
  const { nodes } = await json("status");
  expect(nodes.map(({ id }: { id: string }) => id)).toEqual(["n1", "n2", "n3"]);
  for (const { id, address } of cluster.nodes) {
    expect(nodes).toContainEqual(expect.objectContaining({ id, address, state: "alive" }));
  }
  const ring = await json("ring", "--n", "1");
  expect(ring).toMatchObject({ epoch: 1, partitions: 1024, n: 1 });
  const share = ring.owners.reduce((sum: number, owner: { share: number }) => sum + owner.share, 0);
  expect(share).toBeCloseTo(1);
});

test("members tells how each is believed to be and how it answers; watch says it in lines where there is no terminal", async () => {
  const { members, answeredBy } = await json("members");
  expect(members.map(({ id }: { id: string }) => id)).toEqual(["n1", "n2", "n3"]);
  for (const { id, address } of cluster.nodes) {
    const isSelf = id === answeredBy;
    expect(members).toContainEqual({
      id,
      address,
      state: "alive",
      incarnation: expect.any(Number),
      version: expect.stringMatching(/^\d/),
      phi: expect.any(Number),
      latencyMs: expect.any(Number),
      latencyP95Ms: expect.any(Number),
      circuit: isSelf ? "" : "closed",
      localHealth: expect.any(Number),
      degraded: expect.any(String),
      uptimeMs: expect.any(Number),
    });
  }
  const watched = await cluster.run(["watch", "--count", "1"]);
  expect(watched.stdout).toMatch(/^n1 alive.*n2 alive.*n3 alive.* hints kept, .*\n$/);
});

test("explain tells a key's place and what each replica holds", async () => {
  await json("put", "carts", "frank", "milk", "--level", "all");
  const explained = await json("explain", "carts", "frank");
  expect(explained).toMatchObject({
    key: "frank",
    token: expect.stringMatching(/^[0-9a-f]{16}$/),
    bucket: { name: "carts", n: 3 },
  });
  expect([...explained.preferenceList].sort()).toEqual(["n1", "n2", "n3"]);
  for (const replica of explained.replicas) {
    expect(replica.versions).toEqual([
      expect.objectContaining({ encoding: "text", valueBytes: 4, tombstone: false }),
    ]);
  }
});

test("without --json people get words, without colours where there is no terminal", async () => {
  const shown = await Promise.all(
    [["status"], ["ring"], ["explain", "carts", "frank"], ["bucket", "list"]].map((args) =>
      cluster.run(args),
    ),
  );
  for (const { code, stdout } of shown) {
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
  }
  expect(shown[0]!.stdout).toMatch(/n2 +alive +127\.0\.0\.1/);
});

test("a node's data is copied while it runs, and restore makes a data directory of the copy", async () => {
  const backup = `${cluster.directory}/backup`;
  const restored = `${cluster.directory}/restored`;
  const made = await json("backup", backup, "--cluster", cluster.node("n3").address);
  expect(made).toMatchObject({ directory: backup, shards: 1 });
  expect((await cluster.run(["backup", backup])).code).toBe(2);
  const copy = await cluster.run(["restore", backup, restored, "--json"]);
  expect(JSON.parse(copy.stdout)).toEqual({ directory: restored });
});
