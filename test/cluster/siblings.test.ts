import { encodeUtf8 } from "@coterie/core";
import { kvClient, type UnaryClient } from "@coterie/transport-grpc";
import { Encoding, type GetResponse, type KvService } from "@coterie/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RealCluster } from "./real-cluster.ts";

type Kv = UnaryClient<typeof KvService>;

let cluster: RealCluster;
let clients: Kv[];

beforeAll(async () => {
  cluster = await RealCluster.start();
  clients = cluster.nodes.map(({ address }) => kvClient(address, { timeoutMs: 20_000 }));
});

afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.stop();
});

const bucket = "carts";

async function get(client: Kv, key: string): Promise<GetResponse> {
  const result = await client.get({ bucket, key: encodeUtf8(key), timeoutMs: 20_000 });
  if (result.type === "failed") throw new Error(result.error.message);
  return result.response;
}

/** The context that the put returns. */
async function put(
  client: Kv,
  key: string,
  value: string,
  context: Uint8Array,
): Promise<Uint8Array> {
  const request = { bucket, key: encodeUtf8(key), value: encodeUtf8(value), context };
  const options = { encoding: Encoding.UTF8, timeoutMs: 20_000 };
  const result = await client.put({ ...request, ...options });
  if (result.type === "failed") throw new Error(result.error.message);
  return result.response.context;
}

function values({ siblings }: GetResponse): string[] {
  return siblings.map(({ value }) => Buffer.from(value).toString()).sort();
}

const nothing = new Uint8Array(0);

test("two clients that write from the same context leave two siblings; one that read both settles them", async () => {
  const [a, b, c] = clients as [Kv, Kv, Kv];
  await put(a, "alice", "milk", nothing);
  const { context } = await get(a, "alice");
  await Promise.all([put(a, "alice", "eggs", context), put(b, "alice", "bread", context)]);
  const both = await get(c, "alice");
  expect(values(both)).toEqual(["bread", "eggs"]);
  await put(b, "alice", "bread, eggs", both.context);
  for (const client of clients) expect(values(await get(client, "alice"))).toEqual(["bread, eggs"]);
});

test("a put's own context never erases a sibling that its writer has not seen", async () => {
  const [a, b, c] = clients as [Kv, Kv, Kv];
  await put(b, "bob", "unseen", nothing);
  const first = await put(a, "bob", "mine, 1", nothing);
  await put(a, "bob", "mine, 2", first);
  expect(values(await get(c, "bob"))).toEqual(["mine, 2", "unseen"]);
});

test("100 clients doing 50 read-then-put rounds on one key leave at most 100 siblings, and one after a resolve", async () => {
  const rounds = async (client: Kv, name: number): Promise<void> => {
    for (let round = 0; round < 50; round++) {
      const { context } = await get(client, "hot");
      await put(client, "hot", `${name}-${round}`, context);
    }
  };
  await Promise.all(
    Array.from({ length: 100 }, (_, name) => rounds(clients[name % clients.length]!, name)),
  );
  const found = await get(clients[0]!, "hot");
  expect(found.siblings.length).toBeGreaterThanOrEqual(1);
  expect(found.siblings.length).toBeLessThanOrEqual(100);
  await put(clients[1]!, "hot", "settled", found.context);
  for (const client of clients) expect(values(await get(client, "hot"))).toEqual(["settled"]);
}, 120_000);
