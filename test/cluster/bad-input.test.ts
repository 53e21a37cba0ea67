import { encodeUtf8 } from "@coterie/core";
import { rowKey, tokenOf } from "@coterie/shard-engine";
import { kvClient } from "@coterie/transport-grpc";
import { IntervalClock } from "@coterie/vector-clock";
import { encodeContextToken } from "@coterie/versions";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coterie } from "./coterie-process.ts";
import { RealCluster } from "./real-cluster.ts";

let cluster: RealCluster;
/** A context that belongs to carts/alice. */
let context: string;

beforeAll(async () => {
  cluster = await RealCluster.start();
  const put = await cluster.run(["put", "carts", "alice", "milk", "--json"]);
  context = JSON.parse(put.stdout).context;
});

afterAll(() => cluster.stop());

const MIB = 1 << 20;
const refused: readonly (readonly [string, readonly string[], RegExp, (string | undefined)?])[] = [
  ["an empty key", ["put", "carts", "", "v"], /1 to 4096 bytes/],
  ["a key above 4 KiB", ["put", "carts", "k".repeat(4097), "v"], /4097/],
  ["an empty bucket name", ["put", "", "k", "v"], /bucket needs a name/],
  ["a bucket name above 64 characters", ["get", "b".repeat(65), "k"], /1 to 64 characters/],
  ["a bucket name with a slash", ["bucket", "create", "a/b"], /1 to 64 characters/],
  [
    "a value above 1 MiB",
    ["put", "carts", "k", "-"],
    /1048577 bytes.*1048576/,
    "v".repeat(MIB + 1),
  ],
  ["a value above what a message takes", ["put", "carts", "k", "-"], /large/i, "v".repeat(9 * MIB)],
  ["a context that is no base64url", ["put", "carts", "alice", "v", "--context", "§"], /context/],
  [
    "a context that is garbage",
    ["put", "carts", "alice", "v", "--context", "Z2FyYmFnZQ"],
    /context/,
  ],
  ["r above the bucket's N", ["get", "carts", "alice", "--r", "4"], /r=4.*3/],
  ["w above the bucket's N", ["put", "carts", "k", "v", "--w", "4"], /w=4.*3/],
  ["strict r below the minimum", ["get", "carts", "alice", "--r", "1", "--strict"], /at least 2/],
  ["strict w below the minimum", ["put", "carts", "k", "v", "--w", "1", "--strict"], /at least 2/],
  ["r that is no number", ["get", "carts", "alice", "--r", "two"], /whole number/],
  ["an unknown level", ["get", "carts", "alice", "--level", "most"], /one, quorum, all/],
  ["an unknown bucket mode", ["bucket", "create", "m", "--mode", "fifo"], /siblings, lww/],
  ["a bucket's W above its N", ["bucket", "create", "m", "--n", "2", "--w", "3"], /w=3.*n=2/],
  ["a bucket that exists otherwise", ["bucket", "create", "carts", "--n", "2"], /carts/],
  ["an unknown flag", ["put", "carts", "k", "v", "--leval", "one"], /--level/],
  ["an unknown command", ["pot", "carts", "k", "v"], /put/],
  ["a missing argument", ["put", "carts", "k"], /value/],
  ["a value that is no JSON", ["put", "carts", "k", "{", "--json-value"], /not JSON/],
  ["a cluster address that is none", ["status", "--cluster", "localhost"], /HOST:PORT/],
];

describe("refused with exit code 2 and a sentence:", () => {
  for (const [title, args, sentence, stdin] of refused) {
    test.concurrent(title, async () => {
      const input = stdin === undefined ? {} : { stdin };
      const { code, stdout, stderr } = await cluster.run([...args, "--json"], input);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      const { error } = JSON.parse(stderr);
      expect(error.code).toMatch(/^(usage|invalid|bucket_exists)$/);
      expect(error.message).toMatch(sentence);
      expect(error.message).not.toContain("\n");
    });
  }

  test("without --json the sentence stands alone", async () => {
    const { code, stderr } = await cluster.run(["put", "carts", "", "v"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^coterie: a key has 1 to 4096 bytes; this one is empty\n$/);
  });

  test("no command at all", async () => {
    const { code, stderr } = await cluster.run([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^coterie: which command\?.+\n$/);
  });
});

describe("a context", () => {
  const put = (key: string, text: string) =>
    cluster.run(["put", "carts", key, "v", "--context", text, "--json"]);

  test("cut short is refused", async () => {
    const { code, stderr } = await put("alice", context.slice(0, -4));
    expect(code).toBe(2);
    expect(JSON.parse(stderr).error.message).toMatch(/context/);
  });

  test("of another key is refused", async () => {
    const { code, stderr } = await put("bob", context);
    expect(code).toBe(2);
    expect(JSON.parse(stderr).error.message).toMatch(/another key/);
  });

  test("from the future, of writes that its node has not made yet, is refused", async () => {
    const written = await cluster.run(["put", "carts", "carol", "v", "--json"]);
    const { coordinator } = JSON.parse(written.stdout).receipt;
    const explained = await cluster.run(["explain", "carts", "carol", "--json"]);
    const [version] = JSON.parse(explained.stdout).replicas[0].versions;
    const [actor] = version.dot.split(":");
    const ahead = encodeContextToken(
      {
        context: IntervalClock.EMPTY.add({ actor, counter: 1_000_000 }),
        stamp: { wallMs: Date.now(), logical: 0 },
        follows: [],
      },
      tokenOf(rowKey("carts", encodeUtf8("carol"))),
    );
    const { code, stderr } = await cluster.run([
      ...["put", "carts", "carol", "v", "--context", Buffer.from(ahead).toString("base64url")],
      ...["--cluster", cluster.node(coordinator).address],
    ]);
    expect(stderr).toMatch(/context/);
    expect(code).toBe(2);
  });
});

test("nothing of what was refused is there, and what was there before still is", async () => {
  expect((await cluster.run(["get", "carts", "k"])).code).toBe(3);
  expect((await cluster.run(["get", "carts", "alice"])).stdout).toBe("milk\n");
});

test("what does not exist ends with exit code 3", async () => {
  expect((await cluster.run(["get", "carts", "nobody"])).code).toBe(3);
  expect((await cluster.run(["bucket", "show", "nothing"])).code).toBe(3);
  expect((await cluster.run(["explain", "nothing", "k"])).code).toBe(3);
});

test("a cluster that is not there ends with exit code 4 and names the address", async () => {
  const { code, stderr } = await coterie(["get", "carts", "k", "--cluster", "127.0.0.1:1"]);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^coterie: 127\.0\.0\.1:1 .+\n$/);
});

describe("clients of any language see the gRPC status that goes with it:", () => {
  const key = encodeUtf8("k");

  test("INVALID_ARGUMENT for what can never succeed", async () => {
    const client = kvClient(cluster.nodes[0]!.address);
    const results = await Promise.all([
      client.put({ bucket: "carts", key: new Uint8Array(0) }),
      client.put({ bucket: "", key }),
      client.put({ bucket: "carts", key, value: new Uint8Array(MIB + 1) }),
      client.put({ bucket: "carts", key, context: Uint8Array.of(1, 2, 3) }),
      client.put({ bucket: "carts", key, operationId: Uint8Array.of(1) }),
      client.put({ bucket: "carts", key, w: 4 }),
      client.get({ bucket: "carts", key, r: 1, strict: true }),
    ]);
    client.close();
    for (const result of results) {
      expect(result).toMatchObject({ type: "failed", status: status.INVALID_ARGUMENT });
    }
  });

  test("INVALID_ARGUMENT for a protobuf message cut short, RESOURCE_EXHAUSTED for one of absurd size", async () => {
    // Field 2, of 100 bytes, of which one is there.
    expect(await sendRaw(Buffer.from([0x12, 0x64, 0x00]))).toBe(status.INVALID_ARGUMENT);
    expect(await sendRaw(Buffer.alloc(16 * MIB))).toBe(status.RESOURCE_EXHAUSTED);
    expect((await cluster.run(["get", "carts", "alice"])).stdout).toBe("milk\n");
  });
});

/** The status of a Put whose message is these very bytes. */
function sendRaw(bytes: Buffer): Promise<number> {
  const client = new Client(cluster.nodes[0]!.address, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
  });
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/coterie.v1.KvService/Put",
      (raw: Buffer) => raw,
      (raw: Buffer) => raw,
      bytes,
      { deadline: Date.now() + 10_000 },
      (error: ServiceError | null) => {
        client.close();
        resolve(error?.code ?? status.OK);
      },
    );
  });
}
