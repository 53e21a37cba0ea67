import { CoterieError, ManyError } from "@coterie/client/core";
import { type TestCluster, testCluster } from "@coterie/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster();
});
afterAll(() => cluster.close());

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort();

async function failure(call: Promise<unknown>): Promise<CoterieError> {
  const error = await call.then(
    () => expect.fail("the call should have failed"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(CoterieError);
  return error as CoterieError;
}

test("a key that was never written is absent, and its read is a basis to write on", async () => {
  const notes = cluster.store.bucket<string>("notes");
  const read = await notes.get("absent");
  expect(read.kind).toBe("absent");
  await notes.put("absent", "now", read);
  expect(await notes.get("absent")).toMatchObject({ kind: "value", value: "now" });
});

test("two writes that have not seen one another are siblings, until one that read both replaces them", async () => {
  const notes = cluster.store.bucket<string>("notes");
  await notes.put("n1", "milk", "unseen");
  await notes.put("n1", "eggs", "unseen");
  const read = await notes.get("n1");
  expect(read.kind).toBe("siblings");
  if (read.kind !== "siblings") return;
  expect([...read.siblings].sort()).toEqual(["eggs", "milk"]);
  expect(read).not.toHaveProperty("value");
  await notes.put("n1", "milk and eggs", read);
  expect(await notes.get("n1")).toMatchObject({ kind: "value", value: "milk and eggs" });
});

test("what a put returns covers its basis and itself: a chain of writes leaves one value", async () => {
  const notes = cluster.store.bucket<number>("notes");
  let basis = await notes.put("chain", 0, "unseen");
  for (let i = 1; i < 10; i++) basis = await notes.put("chain", i, basis);
  expect(await notes.get("chain")).toMatchObject({ kind: "value", value: 9 });
});

test("a bucket with a merge reads siblings as one value, and the next update leaves that alone", async () => {
  const carts = cluster.store.bucket<readonly string[]>("carts", { merge: union });
  await carts.put("alice", ["milk"], { basis: "unseen" });
  await carts.put("alice", ["eggs"], { basis: "unseen" });
  expect(await carts.get("alice")).toMatchObject({ kind: "value", value: ["eggs", "milk"] });
  await carts.update("alice", (cart = []) => [...cart, "tea"]);
  const raw = cluster.store.bucket<readonly string[]>("carts");
  expect(await raw.get("alice")).toMatchObject({ kind: "value", value: ["eggs", "milk", "tea"] });
});

test("a put into a bucket with a merge replaces what the key has", async () => {
  const carts = cluster.store.bucket<readonly string[]>("carts", { merge: union });
  await carts.put("bob", ["milk"]);
  await carts.put("bob", ["eggs"]);
  expect(await carts.get("bob")).toMatchObject({ kind: "value", value: ["eggs"] });
});

test("updates at once of one key lose nothing that a merge can keep", async () => {
  const carts = cluster.store.bucket<readonly string[]>("carts", { merge: union });
  const items = Array.from({ length: 20 }, (_, i) => `item-${String(i).padStart(2, "0")}`);
  await Promise.all(
    items.map((item) => carts.update("carol", (cart) => union(cart ?? [], [item]))),
  );
  expect(await carts.get("carol")).toMatchObject({ kind: "value", value: items });
});

test("a delete takes what it has seen; a write it has not seen stays", async () => {
  const notes = cluster.store.bucket<string>("notes");
  const seen = await notes.put("d", "old", "unseen");
  await notes.put("d", "other", "unseen");
  await notes.delete("d", seen);
  expect(await notes.get("d")).toMatchObject({ kind: "value", value: "other" });
  await notes.update("d", () => undefined);
  expect((await notes.get("d")).kind).toBe("absent");
});

test("in an lww bucket a client's later write wins, through whichever node", async () => {
  const flags = cluster.store.bucket<number>("flags", { merge: "lww" });
  for (let i = 0; i < 20; i++) await flags.put("f", i);
  expect(await flags.get("f")).toMatchObject({ kind: "value", value: 19 });
});

test("a bucket opened with another mode than it has is refused", async () => {
  const { store } = cluster;
  await store.bucket<number>("mode-lww", { merge: "lww" }).put("k", 1);
  expect(await failure(store.bucket("mode-lww").get("k"))).toMatchObject({ code: "MODE_MISMATCH" });
  await store.bucket<number>("mode-siblings").put("k", 1, "unseen");
  const opened = store.bucket("mode-siblings", { merge: "lww" });
  expect(await failure(opened.get("k"))).toMatchObject({ code: "MODE_MISMATCH", retryable: false });
});

test("a bucket is made as its first user defines it", async () => {
  const single = cluster.store.bucket("single", { definition: { n: 1, r: 1, w: 1 } });
  const written = await single.put("k", 1, "unseen");
  expect(written.receipt).toMatchObject({ required: 1, primaries: 1 });
  const other = cluster.store.bucket("single", { definition: { n: 3 } });
  expect(await failure(other.get("k"))).toMatchObject({ code: "INVALID" });
});

test("text, JSON and bytes are read as they were written", async () => {
  const { store } = cluster;
  await store.bucket("words", { encoding: "utf8" }).put("text", "grüße", "unseen");
  await store.bucket("words").put("json", { a: [1, null] }, "unseen");
  await store.bucket("words", { encoding: "bytes" }).put("bytes", Uint8Array.of(0, 255), "unseen");
  const json = store.bucket("words");
  expect(await json.get("text")).toMatchObject({ value: "grüße" });
  expect(await json.get("json")).toMatchObject({ value: { a: [1, null] } });
  expect(await failure(json.get("bytes"))).toMatchObject({ code: "UNREADABLE" });
  const bytes = store.bucket("words", { encoding: "bytes" });
  expect(await bytes.get("bytes")).toMatchObject({ value: Uint8Array.of(0, 255) });
});

test("the same operation id twice is one write", async () => {
  const notes = cluster.store.bucket<string>("notes");
  const operationId = "00112233445566778899aabbccddeeff";
  await notes.put("once", "a", "unseen", { operationId });
  await notes.put("once", "a", "unseen", { operationId });
  expect(await notes.get("once")).toMatchObject({ kind: "value", value: "a" });
});

test("a value that has expired is absent", async () => {
  const sessions = cluster.store.bucket<string>("sessions");
  await sessions.put("s", "x", "unseen", { expiresAtMs: Date.now() - 1 });
  expect((await sessions.get("s")).kind).toBe("absent");
});

test("r and w are met as asked, and what cannot be is refused", async () => {
  const notes = cluster.store.bucket<string>("notes");
  const written = await notes.put("rw", "x", "unseen", { w: 3 });
  expect(written.receipt).toMatchObject({ required: 3, primaries: 3, intersects: true });
  expect((await notes.get("rw", { level: "one" })).receipt.required).toBe(1);
  expect(await failure(notes.get("rw", { r: 4 }))).toMatchObject({ code: "INVALID" });
  expect(await failure(notes.put("", "x", "unseen"))).toMatchObject({ code: "INVALID" });
});

test("entries gives every live key once, and none that was deleted", async () => {
  const words = cluster.store.bucket<number>("entries");
  const all = Array.from({ length: 500 }, (_, i) => ({
    key: `k${i}`,
    value: i,
    basis: "unseen" as const,
  }));
  const written = await words.putMany(all);
  expect(written).toHaveLength(500);
  // Based on a read: what a put returns does not cover a twin that a hedge of it left elsewhere.
  for (let i = 0; i < 500; i += 10) await words.delete(`k${i}`, await words.get(`k${i}`));
  const seen: string[] = [];
  for await (const entry of words.entries()) {
    seen.push(entry.key);
    if (entry.kind === "value") expect(entry.value).toBe(Number(entry.key.slice(1)));
  }
  expect(seen.sort()).toEqual(
    all
      .map(({ key }) => key)
      .filter((_, i) => i % 10 !== 0)
      .sort(),
  );
});

test("entries that are not read to their end leave nothing running", async () => {
  const words = cluster.store.bucket<number>("entries");
  for await (const { key } of words.entries({ concurrency: 4 })) {
    expect(key).toMatch(/^k/);
    break;
  }
});

test("getMany reads them all, the absent ones too", async () => {
  const words = cluster.store.bucket<number>("entries");
  const reads = await words.getMany(["k1", "k2", "nope"]);
  expect([...reads].map(([key, { kind }]) => [key, kind])).toEqual([
    ["k1", "value"],
    ["k2", "value"],
    ["nope", "absent"],
  ]);
});

test("putMany writes what it can and throws what it could not", async () => {
  const words = cluster.store.bucket<number>("many");
  const error = await failure(
    words.putMany([
      { key: "good", value: 1, basis: "unseen" },
      { key: "", value: 2, basis: "unseen" },
    ]),
  );
  expect(error).toBeInstanceOf(ManyError);
  expect((error as ManyError).failures.map(({ key }) => key)).toEqual([""]);
  expect(await words.get("good")).toMatchObject({ value: 1 });
});

test("a call whose signal has fired is aborted, and one whose signal fires is", async () => {
  const notes = cluster.store.bucket<string>("notes");
  await notes.get("n1");
  expect(await failure(notes.get("n1", { signal: AbortSignal.abort() }))).toMatchObject({
    code: "ABORTED",
  });
  const controller = new AbortController();
  const call = notes.get("n1", { signal: controller.signal });
  controller.abort();
  expect(await failure(call)).toMatchObject({ code: "ABORTED" });
});

test("a value that its schema refuses is not written, and one that was written otherwise is not read", async () => {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) =>
        typeof value === "number"
          ? { value }
          : { issues: [{ message: "a number is wanted", path: ["x"] }] },
    },
  };
  const ages = cluster.store.bucket("ages", { schema });
  await ages.put("a", 3, "unseen");
  const wrong = ages.put("b", "three" as unknown as number, "unseen");
  expect(await failure(wrong)).toMatchObject({ code: "SCHEMA" });
  await cluster.store.bucket<string>("ages").put("c", "three", "unseen");
  expect((await failure(ages.get("c"))).message).toContain("x: a number is wanted");
});
