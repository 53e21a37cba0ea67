import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "@coterie/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readmeSnippet } from "../../tools/readme-snippet.ts";
import { RealCluster } from "../cluster/real-cluster.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
});
afterAll(() => cluster.stop());

async function example(name: string): Promise<string> {
  const { stdout } = await run(
    join(root, "node_modules/.bin/tsx"),
    [join(root, "examples", name)],
    {
      env: { ...process.env, COTERIE_CLUSTER: cluster.addresses },
    },
  );
  return stdout;
}

/** Runs TypeScript inside examples/, where the packages are at hand. */
async function runBlock(block: string): Promise<string> {
  const file = join(root, "examples", `.readme-${process.pid}.ts`);
  writeFileSync(file, `${block}\nexport {};\n`);
  try {
    return await example(basename(file));
  } finally {
    rmSync(file);
  }
}

test("the quick start of the README ends with the conflict resolved", async () => {
  const told = await runBlock(readmeSnippet(root)!);
  expect(told).toContain("kind: 'value'");
  expect(told).toMatch(/value: \[ 'eggs', 'milk' \]|value: \[ 'milk', 'eggs' \]/);
});

test("the ten lines of the client's README do what they say", async () => {
  expect(await runBlock(readmeSnippet(join(root, "packages/client"))!)).toContain("[ 'milk' ]");
  await using store = await connect(cluster.addresses);
  expect((await store.bucket<string>("notes").get("n1")).kind).toBe("value");
});

test("the shopping cart keeps what three devices added at once", async () => {
  const told = await example("shopping-cart.ts");
  expect(told).toContain("6 × eggs, 3 × milk, 1 × tea");
  expect(told).toContain("and then 3 × milk, 1 × tea");
});

test("a session is found, and ends by itself", async () => {
  expect(await example("session-cache.ts")).toBe("signed in as ada\nlater the session has ended\n");
});

test("the counter done right counts every view, the one done wrong does not", async () => {
  const told = await example("counter.ts");
  expect(told).toContain("right: 100 of 100");
  const [, wrong] = /wrong: (\d+) of 100/.exec(told)!;
  expect(Number(wrong)).toBeLessThan(100);
});

/** Debian's own: protobuf-compiler, protobuf-compiler-grpc, python3-grpcio, python3-protobuf. */
const python = "/usr/bin/python3";
const hasPythonGrpc = [
  spawnSync("protoc", ["--version"]),
  spawnSync("which", ["grpc_python_plugin"]),
  spawnSync(python, ["-c", "import grpc, google.protobuf"]),
].every(({ status }) => status === 0);

test.skipIf(!hasPythonGrpc)(
  "Python settles what two clients of this SDK wrote at once (skipped where protoc, its gRPC plugin or python3-grpcio are missing)",
  async () => {
    const generated = mkdtempSync(join(tmpdir(), "coterie-python-"));
    try {
      const proto = join(root, "proto");
      const files = readdirSync(join(proto, "coterie/v1")).map((file) => `coterie/v1/${file}`);
      const plugin = spawnSync("which", ["grpc_python_plugin"], { encoding: "utf8" }).stdout.trim();
      const to = [`--python_out=${generated}`, `--grpc_out=${generated}`];
      const through = `--plugin=protoc-gen-grpc=${plugin}`;
      await run("protoc", ["-I", proto, ...to, through, ...files], { cwd: proto });
      await using store = await connect(cluster.addresses);
      const book = store.bucket<string[]>("guestbook");
      await book.put("entries", ["ada"], "unseen");
      await book.put("entries", ["grace"], "unseen");
      expect((await book.get("entries")).kind).toBe("siblings");
      const env = { ...process.env, PYTHONPATH: generated, COTERIE_CLUSTER: cluster.addresses };
      const { stdout } = await run(
        python,
        [join(root, "examples/python/guestbook.py"), "barbara"],
        { env },
      );
      expect(JSON.parse(stdout)).toEqual(["ada", "barbara", "grace"]);
      expect(await book.get("entries")).toMatchObject({
        kind: "value",
        value: ["ada", "barbara", "grace"],
      });
    } finally {
      rmSync(generated, { recursive: true, force: true });
    }
  },
);
