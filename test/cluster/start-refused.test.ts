import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CoterieProcess, coterie, type Finished } from "./coterie-process.ts";
import { freePorts } from "./free-ports.ts";
import { RealCluster, temporaryDirectory } from "./real-cluster.ts";

const directory = temporaryDirectory();
let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start(1);
});

afterAll(async () => {
  await cluster.stop();
  directory.remove();
});

const at = (name: string) => join(directory.path, name);

/** A node that must not come up. */
async function start(...args: string[]): Promise<Finished> {
  const [port] = await freePorts(1);
  return coterie(["node", "--listen", `127.0.0.1:${port}`, "--log-level", "silent", ...args]);
}

function expectSentence({ stderr, stdout }: Finished, sentence: RegExp): void {
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^coterie: .+\n$/);
  expect(stderr).toMatch(sentence);
}

/** A data directory of a node that ran and was stopped. */
async function lived(name: string): Promise<string> {
  const [port] = await freePorts(1);
  const where = ["--listen", `127.0.0.1:${port}`, "--data", at(name)];
  const node = new CoterieProcess(["node", ...where, "--id", name, "--init"]);
  await node.firstLine();
  node.signal("SIGTERM");
  expect((await node.finished).code).toBe(0);
  return at(name);
}

function shardFile(data: string): string {
  return join(data, readdirSync(data).find((name) => name.endsWith(".sqlite"))!);
}

describe("a node does not start, says why in a sentence, and exits with 4:", () => {
  test("when its port is in use", async () => {
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(0, "127.0.0.1", () => resolve(listening));
    });
    const { port } = server.address() as { port: number };
    const refused = await start("--listen", `127.0.0.1:${port}`, "--data", at("port"), "--init");
    server.close();
    expect(refused.code).toBe(4);
    expectSentence(refused, new RegExp(`port ${port} .* in use`));
  });

  test("when its data directory is in use by a living node", async () => {
    const { dataDirectory } = cluster.node("n1");
    const refused = await start("--data", dataDirectory);
    expect(refused.code).toBe(4);
    expectSentence(refused, new RegExp(`in use by process ${cluster.process("n1").pid}`));
  });

  test("when its data is of another cluster than the one it is to join", async () => {
    const data = await lived("foreign");
    const refused = await start("--data", data, "--join", cluster.addresses);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/belongs to another cluster/);
  });

  test("when its data was copied from a node that lives", async () => {
    cpSync(cluster.node("n1").dataDirectory, at("copy"), { recursive: true });
    const refused = await start("--data", at("copy"), "--join", cluster.addresses);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/copied/);
    const still = await cluster.run(["put", "b", "k", "v", "--w", "1"]);
    expect(still.code).toBe(0);
  });

  test("when its data is of a newer format", async () => {
    const data = await lived("newer");
    const file = openSync(shardFile(data), "r+");
    writeSync(file, Buffer.from([0, 0, 0, 99]), 0, 4, 60);
    const refused = await start("--data", data);
    expect(refused.code).toBe(4);
    expectSentence(refused, /format 99.*newer version/);
  });

  test("when its database is damaged; put aside, the node starts again", async () => {
    const data = await lived("damaged");
    writeFileSync(shardFile(data), "this was a database once ".repeat(1000));
    const refused = await start("--data", data);
    expect(refused.code).toBe(4);
    expectSentence(refused, /damaged.*coterie quarantine/);
    const aside = await coterie(["quarantine", data, "--json"]);
    expect(aside.code).toBe(0);
    expect(JSON.parse(aside.stdout).shards).toHaveLength(1);
    const [port] = await freePorts(1);
    const where = ["--listen", `127.0.0.1:${port}`, "--data", data];
    const node = new CoterieProcess(["node", ...where, "--id", "damaged", "--init"]);
    await node.firstLine();
    node.signal("SIGTERM");
    expect((await node.finished).code).toBe(0);
  });

  test.skipIf(!mayMount())("when its disk may not be written (Linux only)", () => {
    const data = at("readonly");
    mkdirSync(data);
    const refused = onOwnMount(data, "ro", `$COTERIE node --data ${data}/node --init`);
    expect(refused.code).toBe(4);
    expectSentence(refused, /cannot be opened|may not be written/);
  });
});

describe("a node is refused with exit code 2 and a sentence:", () => {
  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an address that others reach", ["--listen", "0.0.0.0:0", "--init"], /--insecure/],
    ["no word of its cluster", [], /--init.*--join/],
    ["both --init and --join", ["--init", "--join", "127.0.0.1:1"], /one of the two/],
    ["owners without it", ["--init", "--id", "a", "--owners", "b,c"], /do not include/],
    ["partitions that are no power of two", ["--init", "--partitions", "1000"], /power of two/],
    ["a number that is none", ["--shards", "two"], /--shards two .*whole number/],
    ["an id that is none", ["--id", "a/b"], /not a node id/],
    ["an unknown flag", ["--lisen", "127.0.0.1:1"], /--listen/],
    ["a file that is not there", ["--config", "/nowhere.yaml"], /nowhere/],
  ];
  for (const [title, args, sentence] of refused) {
    test.concurrent(title, async () => {
      const ended = await start("--data", at(`bad-${title.replaceAll(/\W/g, "-")}`), ...args);
      expect(ended.code).toBe(2);
      expectSentence(ended, sentence);
    });
  }
});

test("a flag wins over the environment, that over the file, that over the default, and each origin is told", async () => {
  const file = at("node.yaml");
  writeFileSync(file, "shards: 2\ndurability: normal\nlog-level: debug\n");
  const env = { COTERIE_DURABILITY: "full", COTERIE_LOG_LEVEL: "warn", COTERIE_CONFIG: file };
  const args = ["node", "--log-level", "error", "--print-config"];
  const json = await coterie([...args, "--json"], { env });
  expect(JSON.parse(json.stdout)).toMatchObject({
    "log-level": { value: "error", origin: "flag" },
    durability: { value: "full", origin: "environment" },
    shards: { value: 2, origin: "file" },
    partitions: { value: 1024, origin: "default" },
  });
  const yaml = await coterie(args, { env });
  expect(yaml.stdout).toContain("shards: 2 # file\n");
});

test.skipIf(!mayMount())(
  "a full disk refuses writes, loses none, and goes on reading (Linux only)",
  async () => {
    const data = at("full");
    const outside = at("outside");
    const [port] = await freePorts(1);
    mkdirSync(data);
    mkdirSync(outside);
    const script = `
    $COTERIE node --listen 127.0.0.1:${port} --data ${data}/node --init > ${outside}/out 2> ${outside}/log &
    for i in $(seq 300); do [ -s ${outside}/out ] && break; sleep 0.1; done
    export COTERIE_CLUSTER=127.0.0.1:${port}
    $COTERIE put b first kept --w 1 > /dev/null || exit 10
    head -c 900000 /dev/zero > ${outside}/value
    for i in $(seq 20); do
      $COTERIE put b big$i - --w 1 < ${outside}/value > /dev/null 2> ${outside}/refusal || break
    done
    cat ${outside}/refusal >&2
    $COTERIE get b first --r 1 2> /dev/null
    kill $!; wait $!`;
    const ended = onOwnMount(data, "size=4m", script);
    expect(ended.stdout).toBe("kept\n");
    expect(ended.stderr).toMatch(/^coterie: .*space.*\n$/);
    expect(ended.code).toBe(0);
  },
);

/** Whether this machine lets us mount a file system of our own. */
function mayMount(): boolean {
  if (process.platform !== "linux") return false;
  return spawnSync("unshare", ["-rm", "true"]).status === 0;
}

/** Runs a script with a file system of its own mounted on `path`. */
function onOwnMount(path: string, options: string, script: string): Finished {
  const program = join(import.meta.dirname, "../../apps/cli/dist/main.js");
  const setup = `
    mount -t tmpfs -o ${options} none ${path} || exit 99
    COTERIE="${process.execPath} ${program}"
    ${script}`;
  const { status, stdout, stderr } = spawnSync("unshare", ["-rm", "bash", "-c", setup], {
    encoding: "utf8",
    timeout: 55_000,
  });
  return { code: status ?? undefined, stdout, stderr };
}
