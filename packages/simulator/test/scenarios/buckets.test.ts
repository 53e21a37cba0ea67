import { create } from "@bufbuild/protobuf";
import { encodeUtf8 } from "@coterie/core";
import { isFailure } from "@coterie/node";
import { rowKey } from "@coterie/shard-engine";
import { CreateBucketRequestSchema, PutRequestSchema } from "@coterie/wire";
import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";

/** An operator and a client at one node. */
function at(cluster: Scenario, id: string) {
  const node = cluster.machine(id).node!;
  const heard = async <T extends { readonly $typeName: string }>(answer: Promise<T>) => {
    const told = await cluster.world.until(answer, 60_000);
    return isFailure(told) ? told.message : "ok";
  };
  const bytes = encodeUtf8;
  return {
    make: (n: number, more: { w?: number; ttlMs?: number } = {}) =>
      heard(
        node.operators.createBucket(
          create(CreateBucketRequestSchema, { bucket: { name: "carts", n, ...more } }),
        ),
      ),
    put: (key: string) =>
      heard(
        node.clients.put(
          create(PutRequestSchema, { bucket: "carts", key: bytes(key), value: bytes(id) }),
        ),
      ),
    definition: () => node.operators.listBuckets().buckets.find(({ name }) => name === "carts"),
  };
}

it("two operators who make one bucket on both sides of a network partition get the safer of each rule, and what was written under the lower N comes to all primaries of the higher", async () => {
  const cluster = await Scenario.begin({ nodes: 7, seed: 33 });
  const ids = cluster.cluster.nodes.map(({ id }) => id);
  const bucket = { name: "carts", n: 4, r: 3, w: 2, rMin: 3, wMin: 3, mode: "siblings" as const };
  const ownersOf = (key: string, n: number) => cluster.cluster.primaries({ ...bucket, n }, key);
  // One of its primaries is none under the higher N.
  const odd = Array.from({ length: 200 }, (_, i) => `key${i}`).find((key) =>
    ownersOf(key, 3).some((id) => !ownersOf(key, 4).includes(id)),
  )!;
  const side = ownersOf(odd, 3);
  const [here, there] = [side[0]!, ids.find((id) => !side.includes(id))!];
  cluster.partition(
    side,
    ids.filter((id) => !side.includes(id)),
  );
  await cluster.run(30_000);
  expect(await at(cluster, here).make(3, { ttlMs: 90_000_000 })).toBe("ok");
  expect(await at(cluster, there).make(4, { w: 2, ttlMs: 80_000_000 })).toBe("ok");
  // All their primaries are on one side: no hint brings them to where they belong later.
  const isHere = (key: string) => ownersOf(key, 3).every((id) => side.includes(id));
  const kept = Array.from({ length: 200 }, (_, i) => `key${i}`).filter(isHere);
  expect(kept.length).toBeGreaterThan(2);
  for (const key of kept) expect(await at(cluster, here).put(key)).toBe("ok");
  cluster.heal();
  await cluster.run(120_000);
  for (const id of ids) {
    expect(at(cluster, id).definition()).toMatchObject({ n: 4, r: 3, w: 2, ttlMs: 90_000_000 });
  }
  expect(await at(cluster, "n2").make(3, { ttlMs: 90_000_000 })).toMatch(
    /exists with another definition \(n=4, not 3; r=3, not 2/,
  );
  for (const key of kept) {
    const row = rowKey("carts", encodeUtf8(key));
    const holds = async (id: string) =>
      (await cluster.world.until(cluster.machine(id).held(bucket, row), 1_000))?.versions;
    const holders = await Promise.all(ids.map(async (id) => ((await holds(id)) ? [id] : [])));
    expect(holders.flat(), key).toEqual([...ownersOf(key, 4)].sort());
  }
  // What is no node's own any more is gone there.
  const stats = ids.map((id) => cluster.machine(id).stats());
  const rows = (await cluster.world.until(Promise.all(stats), 1_000)).map((each) => each.rows);
  expect(rows.reduce((sum, each) => sum + each)).toBe(4 * kept.length);
});
