import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { CoterieProcess, coterie } from "./coterie-process.ts";
import { eventually, isAlive } from "./eventually.ts";
import { temporaryDirectory } from "./real-cluster.ts";

const directory = temporaryDirectory();
const running = new Set<CoterieProcess>();

afterEach(async () => {
  for (const dev of running) {
    dev.signal("SIGTERM");
    await dev.finished;
  }
  running.clear();
});

afterAll(() => directory.remove());

interface DevNode {
  readonly id: string;
  readonly pid: number;
  readonly address: string;
  readonly dataDir: string;
}

/** A local cluster that is ready, and its nodes as it names them. */
async function dev(...args: string[]): Promise<{ dev: CoterieProcess; nodes: DevNode[] }> {
  const started = new CoterieProcess(["dev", "--json", "--base-port", "0", ...args]);
  running.add(started);
  const { nodes } = JSON.parse(await started.firstLine(60_000));
  return { dev: started, nodes };
}

function clusterOf(nodes: readonly DevNode[]): string[] {
  return ["--cluster", nodes.map(({ address }) => address).join(",")];
}

test("dev says when it is ready, who its nodes are, and they take writes; its data is there at the next start", async () => {
  const data = join(directory.path, "stays");
  const first = await dev("--data", data);
  expect(first.nodes).toEqual(
    ["n1", "n2", "n3"].map((id) => ({
      id,
      pid: expect.any(Number),
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      dataDir: join(data, id),
    })),
  );
  expect(new Set(first.nodes.map(({ pid }) => pid)).size).toBe(3);
  const put = await coterie(["put", "carts", "alice", "milk", ...clusterOf(first.nodes)]);
  expect(put.code).toBe(0);

  first.dev.signal("SIGINT");
  expect((await first.dev.finished).code).toBe(0);
  for (const { pid, dataDir } of first.nodes) {
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(dataDir).filter((name) => name.startsWith("lock"))).toEqual([]);
  }
  expect(readdirSync(data).filter((name) => name.startsWith("lock"))).toEqual([]);

  const second = await dev("--data", data);
  const get = await coterie(["get", "carts", "alice", ...clusterOf(second.nodes)]);
  expect(get.stdout).toBe("milk\n");
});

test("a node that is killed is said and started again, with what it had", async () => {
  const { dev: started, nodes } = await dev("--data", join(directory.path, "kill"));
  const killed = nodes[1]!;
  await coterie(["put", "carts", "bob", "milk", "--level", "all", ...clusterOf(nodes)]);
  process.kill(killed.pid, "SIGKILL");
  await eventually(() => expect(started.stderr).toContain('"event":"died","id":"n2"'));
  const during = await coterie(["put", "carts", "carol", "eggs", ...clusterOf(nodes)]);
  expect(during.code).toBe(0);
  await eventually(() => expect(started.stderr).toContain('"event":"back","id":"n2"'), 30_000);
  const get = ["get", "carts", "bob", "--r", "1", "--cluster", killed.address];
  await eventually(async () => expect((await coterie(get)).stdout).toBe("milk\n"));
});

test("with --no-restart a dead node stays dead, and the command that brings it back is told and works", async () => {
  const data = join(directory.path, "no restart");
  const args = ["dev", "--base-port", "0", "--no-restart", "--data", data, "--json"];
  const started = new CoterieProcess(args);
  running.add(started);
  const { nodes } = JSON.parse(await started.firstLine(60_000)) as { nodes: DevNode[] };
  process.kill(nodes[2]!.pid, "SIGKILL");
  await eventually(() => expect(started.stderr).toContain('"event":"died"'));
  const line = started.stderr.split("\n").find((text) => text.includes('"event":"died"'))!;
  const { restarts, command } = JSON.parse(line);
  expect(restarts).toBe(false);
  const back = new CoterieProcess([...(command as string[]), "--json"]);
  running.add(back);
  expect(JSON.parse(await back.firstLine())).toMatchObject({ node: { id: "n3" } });
});

test("when dev itself is killed, its nodes end by themselves", async () => {
  const { dev: started, nodes } = await dev("--data", join(directory.path, "orphans"));
  running.delete(started);
  started.signal("SIGKILL");
  await started.finished;
  await eventually(() => {
    for (const { pid } of nodes) expect(isAlive(pid)).toBe(false);
  });
});

test("--fresh erases what was there, --nodes takes what is asked for", async () => {
  const data = join(directory.path, "fresh");
  const first = await dev("--data", data);
  await coterie(["put", "carts", "alice", "milk", ...clusterOf(first.nodes)]);
  first.dev.signal("SIGTERM");
  await first.dev.finished;
  const second = await dev("--data", data, "--fresh", "--nodes", "5");
  expect(second.nodes.map(({ id }) => id)).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  const get = await coterie(["get", "carts", "alice", ...clusterOf(second.nodes)]);
  expect(get.code).toBe(3);
});

describe("dev is refused with a sentence", () => {
  test("when the directory is not one of its own, and leaves it alone", async () => {
    const foreign = join(directory.path, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.txt"), "years of work");
    for (const more of [[], ["--fresh"]]) {
      const refused = await coterie(["dev", "--data", foreign, ...more]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/^coterie: .* not made by `coterie dev`.*\n$/);
    }
    expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
  });

  test("when another dev has the directory, also with --fresh; and when the number of nodes differs", async () => {
    const data = join(directory.path, "shared");
    const { nodes } = await dev("--data", data);
    const second = await coterie(["dev", "--data", data, "--fresh", "--base-port", "0"]);
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/in use by process/);
    expect(existsSync(nodes[0]!.dataDir)).toBe(true);
    for (const each of running) {
      each.signal("SIGTERM");
      await each.finished;
    }
    const other = await coterie(["dev", "--data", data, "--nodes", "4", "--base-port", "0"]);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/has 3 nodes/);
  });

  test("when a port is taken, and stops the nodes that came up", async () => {
    const { nodes } = await dev("--data", join(directory.path, "first"));
    const port = Number(nodes[1]!.address.split(":")[1]);
    const data = join(directory.path, "second");
    const refused = await coterie(["dev", "--data", data, "--base-port", String(port)]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/node n1 did not start: port \d+ .*in use/);
  });
});

test("dev --demo loads a public data set, reads it back through every node, and finds it there the next time", async () => {
  const data = join(directory.path, "demo");
  const demo = async () => {
    const args = ["dev", "--demo", "--data", data, "--base-port", "0", "--json"];
    const started = new CoterieProcess(args);
    running.add(started);
    const { nodes } = JSON.parse(await started.firstLine(60_000)) as { nodes: DevNode[] };
    const report = await eventually(() => {
      const line = started.stdout.split("\n")[1];
      if (line === undefined || line === "") throw new Error(started.stderr);
      return JSON.parse(line).demo;
    }, 60_000);
    return { started, nodes, report };
  };
  const first = await demo();
  expect(first.report.records).toBeGreaterThan(7_000);
  expect(first.report.written).toBe(first.report.records);
  expect(first.report.reads).toBe(3 * first.report.records);
  const get = await coterie(["get", "languages", "nld", "--json", ...clusterOf(first.nodes)]);
  expect(JSON.parse(get.stdout).values).toEqual([expect.objectContaining({ name: "Dutch" })]);
  first.started.signal("SIGTERM");
  await first.started.finished;
  expect((await demo()).report.written).toBe(0);
});

test("a node's log stands beside its data", async () => {
  const data = join(directory.path, "logs");
  await dev("--data", data);
  expect(readFileSync(join(data, "n1.log"), "utf8")).toContain('"msg":"serving"');
});
