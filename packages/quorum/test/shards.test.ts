import { ByteReader, ByteWriter, SeededRandom } from "@coterie/core";
import { IntervalClock } from "@coterie/vector-clock";
import { decodeVersions } from "@coterie/versions";
import { beforeEach, describe, expect, test } from "vitest";
import type { GetRequest } from "../src/get.ts";
import type { GetOutcome, PutOutcome } from "../src/outcomes.ts";
import type { PutRequest } from "../src/put.ts";
import { BUCKET } from "./scripted-replicas.ts";
import { ShardCluster } from "./shard-cluster.ts";

let cluster: ShardCluster;
let operations = 0;

beforeEach(async () => {
  cluster = new ShardCluster(["a", "b", "c"], new SeededRandom(3));
  await cluster.startAll();
});

async function finish<T>(promise: Promise<T>): Promise<T> {
  await cluster.time.run(2_000);
  return promise;
}

function startPut(via: string, value: string, changes: Partial<PutRequest> = {}) {
  return cluster.coordinator(via).put({
    row: cluster.row(BUCKET, "milk"),
    bucket: BUCKET,
    consistency: { strict: true },
    deadlineMs: cluster.time.monotonicMs() + 200,
    context: new Uint8Array(),
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId: (operations++).toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: Uint8Array.from(value, (character) => character.charCodeAt(0)),
    ...changes,
  });
}

function put(via: string, value: string, changes?: Partial<PutRequest>): Promise<PutOutcome> {
  return finish(startPut(via, value, changes));
}

function get(via: string, changes: Partial<GetRequest> = {}): Promise<GetOutcome> {
  return finish(
    cluster.coordinator(via).get({
      row: cluster.row(BUCKET, "milk"),
      bucket: BUCKET,
      consistency: { strict: true },
      monotonic: false,
      deadlineMs: cluster.time.monotonicMs() + 200,
      ...changes,
    }),
  );
}

function values(outcome: GetOutcome): string[] {
  if (outcome.type !== "ok") throw new Error(outcome.detail);
  return decodeVersions(outcome.versions)
    .siblings.map(({ value }) => String.fromCharCode(...value))
    .sort();
}

async function acknowledged(pending: Promise<GetOutcome | PutOutcome>): Promise<string[]> {
  const outcome = await pending;
  if (outcome.type !== "ok") throw new Error(outcome.detail);
  return [...outcome.receipt.acknowledged].sort();
}

async function stored(id: string): Promise<string[]> {
  const bytes = await cluster.stored(id, cluster.row(BUCKET, "milk"), BUCKET);
  const set = bytes === undefined ? [] : decodeVersions(bytes).siblings;
  return set.map(({ value }) => String.fromCharCode(...value)).sort();
}

test("what is put through one node is read through each, and is on all three disks", async () => {
  const outcome = await put("a", "1 litre");
  expect(outcome).toMatchObject({ type: "ok", receipt: { intersects: true } });
  for (const id of cluster.ids) {
    expect(values(await get(id))).toEqual(["1 litre"]);
    expect(await stored(id)).toEqual(["1 litre"]);
  }
});

test("writes from one context are siblings, and one that has seen both replaces both", async () => {
  await put("a", "1 litre");
  await put("b", "2 litres");
  const read = await get("c");
  expect(values(read)).toEqual(["1 litre", "2 litres"]);
  if (read.type !== "ok") throw new Error("unreadable");
  const context = contextBytes(decodeVersions(read.versions).context);
  await put("b", "3 litres", { context });
  expect(values(await get("a"))).toEqual(["3 litres"]);
});

test("the context that a put returns lets its client replace its own write, not a sibling it has not seen", async () => {
  await put("b", "theirs");
  const mine = await put("a", "mine");
  if (mine.type !== "ok") throw new Error(mine.detail);
  expect(IntervalClock.decode(new ByteReader(mine.context)).isEmpty).toBe(false);
  await put("a", "mine again", { context: mine.context });
  expect(values(await get("c"))).toEqual(["mine again", "theirs"]);
});

test("a retry through another node of what the first left in doubt is one write on W disks [trap 9]", async () => {
  cluster.kill("b");
  cluster.kill("c");
  const operationId = "0123456789abcdef0123456789abcdef";
  expect(await put("a", "once", { operationId })).toMatchObject({ type: "inDoubt" });
  await cluster.start("b");
  expect(await put("b", "once", { operationId })).toMatchObject({ type: "ok" });
  expect(await put("a", "once", { operationId })).toMatchObject({ type: "ok" });
  await cluster.start("c");
  expect(values(await get("c"))).toEqual(["once"]);
});

test("a coordinator that dies between sending and its own commit loses nothing and resurrects nothing", async () => {
  await put("a", "before");
  const context = contextBytes(okVersions(await get("a")).context);
  cluster.weather = { ...cluster.weather, commitMs: 40 };
  void startPut("a", "after", { context });
  await cluster.time.run(12);
  cluster.kill("a");
  await cluster.time.run(500);
  cluster.weather = { ...cluster.weather, commitMs: 3 };
  await cluster.start("a");
  expect(await stored("a")).toEqual(["before"]);
  expect(values(await get("a"))).toEqual(["after"]);
  await put("a", "aside");
  expect(values(await get("b"))).toEqual(["after", "aside"]);
});

describe("recovering", () => {
  test("a wiped replica takes writes and never completes a read [trap 14b]", async () => {
    await put("a", "kept");
    cluster.kill("c");
    await cluster.start("c", { wiped: true });
    expect(await acknowledged(get("c"))).toEqual(["a", "b"]);
    cluster.kill("b");
    expect(await acknowledged(put("a", "more"))).toEqual(["a", "c"]);
    expect(await get("a")).toMatchObject({ type: "failed", required: 2, received: 1 });
  });

  test("read repair brings what was read back to the wiped replica", async () => {
    await put("a", "kept");
    cluster.kill("c");
    await cluster.start("c", { wiped: true });
    expect(await stored("c")).toEqual([]);
    await get("c");
    expect(await stored("c")).toEqual(["kept"]);
  });
});

test("a replica that was away is repaired by a read", async () => {
  cluster.kill("c");
  await put("a", "new");
  await cluster.start("c");
  expect(await stored("c")).toEqual([]);
  const consistency = { level: "all", strict: true } as const;
  expect(values(await get("a", { consistency }))).toEqual(["new"]);
  expect(await stored("c")).toEqual(["new"]);
});

test("a monotonic read leaves what it returns where the next one meets it [trap 11]", async () => {
  cluster.kill("b");
  cluster.kill("c");
  await put("a", "on one disk");
  await cluster.start("b");
  await cluster.start("c");
  expect(values(await get("a", { monotonic: true }))).toEqual(["on one disk"]);
  cluster.kill("a");
  expect(values(await get("b", { monotonic: true }))).toEqual(["on one disk"]);
});

test("failed means that nothing appears, whichever disk is asked", async () => {
  cluster.stores.get("a")!.failNextCommit("full");
  const consistency = { count: 1, strict: false };
  cluster.kill("b");
  cluster.kill("c");
  expect(await put("a", "never", { consistency })).toMatchObject({ type: "failed" });
  for (const id of ["b", "c"]) await cluster.start(id);
  for (const id of cluster.ids) expect(await stored(id)).toEqual([]);
});

test("nodes whose rings differ agree, and the requests go through", async () => {
  await cluster.nextEpoch("b");
  expect(await put("a", "1")).toMatchObject({ type: "ok" });
  await cluster.nextEpoch("c");
  expect(await put("c", "2", {})).toMatchObject({ type: "ok", receipt: { epoch: 3 } });
  await cluster.nextEpoch("a");
  expect(values(await get("a"))).toEqual(["1", "2"]);
});

function contextBytes(context: IntervalClock): Uint8Array {
  const writer = new ByteWriter();
  context.encode(writer);
  return writer.finish();
}

function okVersions(outcome: GetOutcome) {
  if (outcome.type !== "ok") throw new Error(outcome.detail);
  return decodeVersions(outcome.versions);
}
