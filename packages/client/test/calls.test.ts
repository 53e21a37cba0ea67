import { toHex } from "@coterie/core";
import { Error_Code, type PutRequest } from "@coterie/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { obey, refuse, type Script, ScriptedCluster } from "./scripted-cluster.ts";

let cluster: ScriptedCluster;
const notes = () => cluster.store.bucket<string>("notes");
const askedNodes = () => cluster.asked.map(({ node }) => node);
const operations = () =>
  cluster.asked.map(({ call }) =>
    call.body.case === "put" ? toHex(call.body.value.operationId) : "",
  );

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.open();
});
afterEach(() => cluster.store.close());

const hang = () => undefined;

test("a call goes to one primary and no further when that one answers", async () => {
  await cluster.outcome(notes().get("k"));
  expect(cluster.asked).toHaveLength(1);
});

test("a node that hangs costs a read no more than its hedge, which goes to another node", async () => {
  for (let i = 0; i < 64; i++) await cluster.outcome(notes().get(`warm${i}`));
  cluster.asked.length = 0;
  cluster.scripts.set("a", hang).set("b", hang);
  cluster.scripts.set("c", obey);
  const { result, tookMs } = await cluster.outcome(notes().get("k"));
  expect(result).toMatchObject({ kind: "absent" });
  expect(new Set(askedNodes()).size).toBe(askedNodes().length);
  expect(tookMs).toBeLessThan(400);
});

test("after one late call the hanging node is asked no more", async () => {
  cluster.scripts.set("a", hang);
  for (let i = 0; i < 50; i++) {
    await cluster.outcome(notes().get(`k${i}`));
    await cluster.time.run(10);
  }
  expect(askedNodes().filter((node) => node === "a").length).toBeLessThanOrEqual(3);
});

test("a write whose answer was lost is sent to another node as the same operation", async () => {
  cluster.scripts.set("a", hang).set("b", hang).set("c", hang);
  const call = notes().put("k", "v", "unseen");
  const outcome = cluster.outcome(call);
  await cluster.time.run(20);
  const [first] = askedNodes();
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, obey);
  cluster.stop(first!);
  expect((await outcome).result).toMatchObject({ kind: "written" });
  expect(cluster.asked).toHaveLength(2);
  expect(askedNodes()[1]).not.toBe(first);
  expect(new Set(operations()).size).toBe(1);
  const retries = cluster.asked.map(({ call }) => (call.body.value as PutRequest).retry);
  expect(retries).toEqual([false, true]);
});

test("an operation id that the caller gives may have been used by an earlier call", async () => {
  await cluster.outcome(notes().put("k", "v", "unseen", { operationId: "0f".repeat(16) }));
  expect((cluster.asked[0]!.call.body.value as PutRequest).retry).toBe(true);
});

test("a write that nobody answers is in doubt at its deadline, and names its operation", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, hang);
  const { result, tookMs } = await cluster.outcome(
    notes().put("k", "v", "unseen", { timeoutMs: 1_000 }),
  );
  expect(result).toMatchObject({ code: "IN_DOUBT", retryable: true, operationId: operations()[0] });
  expect(tookMs).toBeLessThanOrEqual(1_001);
});

test("a read that nobody answers is unavailable, for nothing was at stake", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, hang);
  const { result } = await cluster.outcome(notes().get("k", { timeoutMs: 500 }));
  expect(result).toMatchObject({ code: "UNAVAILABLE" });
});

test("once an attempt is in doubt, a refusal cannot take it back", async () => {
  const refused = () => refuse(Error_Code.UNAVAILABLE);
  let first = true;
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, () => {
      const answer = first ? refuse(Error_Code.IN_DOUBT) : refused();
      first = false;
      return answer;
    });
  }
  const { result } = await cluster.outcome(notes().put("k", "v", "unseen", { timeoutMs: 500 }));
  expect(result).toMatchObject({ code: "IN_DOUBT" });
});

test("what can never succeed is asked once", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, () => refuse(Error_Code.INVALID));
  const { result } = await cluster.outcome(notes().put("k", "v", "unseen"));
  expect(result).toMatchObject({ code: "INVALID", retryable: false });
  expect(cluster.asked).toHaveLength(1);
});

test("a value that no message can carry is refused before it is sent", async () => {
  const bytes = cluster.store.bucket("notes", { encoding: "bytes" });
  const { result } = await cluster.outcome(bytes.put("k", new Uint8Array(8 << 20), "unseen"));
  expect(result).toMatchObject({ code: "INVALID" });
  expect(cluster.asked).toHaveLength(0);
});

test("values wait where their bytes would pile up, and are written in the end", async () => {
  const bytes = cluster.store.bucket("notes", { encoding: "bytes" });
  const value = new Uint8Array(4 << 20);
  const puts = Array.from({ length: 100 }, (_, i) => bytes.put(`k${i}`, value, "unseen"));
  const { result } = await cluster.outcome(Promise.all(puts));
  expect(result).toHaveLength(100);
});

test("a node that is starting or draining is passed over at once", async () => {
  cluster.scripts.set("a", () => refuse(Error_Code.NOT_READY));
  cluster.scripts.set("b", () => refuse(Error_Code.NOT_READY));
  const { result, tookMs } = await cluster.outcome(notes().get("k"));
  expect(result).toMatchObject({ kind: "absent" });
  expect(tookMs).toBeLessThan(10);
});

test("when a node is overloaded another is asked at once, and the first is spared as long as it asked", async () => {
  cluster.scripts.set("a", () => refuse(Error_Code.OVERLOADED, { retryAfterMs: 2_000 }));
  for (let i = 0; i < 30; i++) {
    const { result, tookMs } = await cluster.outcome(notes().get(`k${i}`));
    expect(result).toMatchObject({ kind: "absent" });
    expect(tookMs).toBeLessThan(10);
  }
  expect(askedNodes().filter((node) => node === "a").length).toBeLessThanOrEqual(1);
});

test("when every node is overloaded the call is repeated after the delay that they named, jittered", async () => {
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, (call, nth) =>
      nth <= 3 ? refuse(Error_Code.OVERLOADED, { retryAfterMs: 200 }) : obey(call),
    );
  }
  const { result, tookMs } = await cluster.outcome(notes().get("k"));
  expect(result).toMatchObject({ kind: "absent" });
  expect(tookMs).toBeGreaterThanOrEqual(100);
  expect(tookMs).toBeLessThan(310);
  expect(askedNodes().slice(0, 3).sort()).toEqual(["a", "b", "c"]);
});

test("while every node asks for a pause, further calls wait and are not sent", async () => {
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, (call) =>
      cluster.time.monotonicMs() < 1_000
        ? refuse(Error_Code.OVERLOADED, { retryAfterMs: 500 })
        : obey(call),
    );
  }
  const first = notes().get("k");
  await cluster.time.run(10);
  const sentBefore = cluster.asked.length;
  const calls = Array.from({ length: 100 }, (_, i) => notes().get(`k${i}`));
  await cluster.time.run(100);
  expect(cluster.asked.length).toBe(sentBefore);
  const { result } = await cluster.outcome(Promise.all([first, ...calls]));
  expect(result).toHaveLength(101);
});

test("a call that no node takes in is OVERLOADED, with the delay that was named", async () => {
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, () => refuse(Error_Code.OVERLOADED, { retryAfterMs: 200 }));
  }
  const { result } = await cluster.outcome(notes().put("k", "v", "unseen", { timeoutMs: 300 }));
  expect(result).toMatchObject({ code: "OVERLOADED", retryable: true, retryAfterMs: 200 });
});

test("a node that is cut off from its replicas refuses quickly, and is not taken for a quick node", async () => {
  cluster.scripts.set("a", () => refuse(Error_Code.UNAVAILABLE));
  for (let i = 0; i < 200; i++) {
    const { result } = await cluster.outcome(notes().get(`k${i}`));
    expect(result).toMatchObject({ kind: "absent" });
    await cluster.time.run(5);
  }
  expect(askedNodes().filter((node) => node === "a").length).toBeLessThanOrEqual(4);
});

test("a coordinator slowed to 500 ms an answer loses its calls", async () => {
  const slow: Script = (call) =>
    new Promise((resolve) => cluster.time.after(500, () => resolve(obey(call))));
  cluster.scripts.set("a", slow);
  const tookMs: number[] = [];
  for (let i = 0; i < 300; i++) {
    tookMs.push((await cluster.outcome(notes().get(`k${i}`))).tookMs);
    await cluster.time.run(20);
  }
  expect(askedNodes().filter((node) => node === "a").length).toBeLessThanOrEqual(3);
  expect(tookMs.slice(10).filter((ms) => ms > 10)).toEqual([]);
});

test("a reply with a higher ring epoch has the topology fetched again, once", async () => {
  const before = cluster.topologies;
  cluster.epoch = 2;
  await cluster.outcome(Promise.all([1, 2, 3].map((i) => notes().get(`k${i}`))));
  await cluster.time.run(20);
  expect(cluster.topologies).toBe(before + 1);
});

test("when everything fails, retries are bounded by their budget", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, () => refuse(Error_Code.NOT_READY));
  const calls = Array.from({ length: 500 }, (_, i) =>
    notes()
      .get(`k${i}`, { timeoutMs: 10_000 })
      .catch(() => {}),
  );
  await cluster.outcome(Promise.all(calls));
  // 1,000 tokens to start with, and a fifth of one for each call.
  expect(cluster.asked.length).toBeLessThanOrEqual(500 + 1_000 + 100);
});

test("an aborted call ends at once and leaves no timer behind", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, hang);
  const controller = new AbortController();
  const outcome = cluster.outcome(notes().put("k", "v", "unseen", { signal: controller.signal }));
  await cluster.time.run(5);
  controller.abort(new Error("enough"));
  const { result } = await outcome;
  expect(result).toMatchObject({ code: "ABORTED", cause: new Error("enough") });
});

test("after close no timer is set and every call is refused", async () => {
  for (const id of ["a", "b", "c"]) cluster.scripts.set(id, hang);
  const outcome = cluster.outcome(notes().put("k", "v", "unseen"));
  await cluster.time.run(5);
  cluster.store.close();
  expect((await outcome).result).toMatchObject({ code: "CLOSED" });
  expect((await cluster.outcome(notes().get("k"))).result).toMatchObject({ code: "CLOSED" });
  for (const id of ["a", "b", "c"]) cluster.stop(id);
  await cluster.time.run(30_000);
  expect(cluster.time.nextMs).toBe(Number.POSITIVE_INFINITY);
});

test("a client that is asked for more than the cluster does refuses at once what would be answered too late", async () => {
  const narrow = new ScriptedCluster({ limits: { inFlightMax: 4 } });
  await narrow.open();
  const slow: Script = (call) =>
    new Promise((resolve) => {
      narrow.time.after(20, () => resolve(obey(call)));
    });
  for (const id of ["a", "b", "c"]) narrow.scripts.set(id, slow);
  const bucket = narrow.store.bucket("notes");
  const burst = () =>
    Promise.all(Array.from({ length: 600 }, (_, i) => bucket.get(`k${i}`, { timeoutMs: 10_000 })));
  // Twelve in 20 ms: from then on it is known that 600 take a second.
  await narrow.outcome(burst());
  const busy = burst();
  const { result, tookMs } = await narrow.outcome(bucket.get("k", { timeoutMs: 1_000 }));
  expect(result).toMatchObject({ code: "OVERLOADED", retryAfterMs: 100 });
  expect(tookMs).toBeLessThanOrEqual(1);
  // Thousands of them a second, and their stacks took longer than all else.
  expect((result as Error).stack).not.toMatch(/^ +at /m);
  // Nothing was made for it before, either.
  let encoded = 0;
  const value = {
    toJSON: () => {
      encoded++;
      return 1;
    },
  };
  const put = narrow.store.bucket<object>("notes").put("k", value, "unseen", { timeoutMs: 1_000 });
  expect((await narrow.outcome(put)).result).toMatchObject({ code: "OVERLOADED" });
  expect(encoded).toBe(0);
  const patient = await narrow.outcome(bucket.get("k", { timeoutMs: 10_000 }));
  expect(patient.result).toMatchObject({ kind: "absent" });
  await narrow.outcome(busy);
  const later = await narrow.outcome(bucket.get("k", { timeoutMs: 1_000 }));
  expect(later.result).toMatchObject({ kind: "absent" });
  for (const id of ["a", "b", "c"]) narrow.stop(id);
  narrow.store.close();
});
