import { expect, test } from "vitest";
import { dots, Flow } from "../test/flow.ts";
import { BUCKET, ROW, versions } from "../test/scripted-replicas.ts";
import type { GetRequest } from "./get.ts";
import type { GetOutcome } from "./outcomes.ts";

const OLD = versions(["a1"]);
const NEW = versions(["a2"], ["a1"]);

/** Starts a get without waiting for it. */
function begin(flow: Flow, changes: Partial<GetRequest> = {}): Promise<GetOutcome> {
  return flow.coordinator.get({
    row: ROW,
    bucket: BUCKET,
    consistency: { strict: true },
    monotonic: false,
    deadlineMs: flow.time.monotonicMs() + 100,
    ...changes,
  });
}

/** Replicas that all hold `set` and answer after `afterMs`. */
function holding(set: Uint8Array, afterMs: number): Flow {
  const flow = new Flow();
  for (const node of ["a", "b", "c"]) flow.replicas.holds(node, set, { afterMs });
  return flow;
}

test("a thousand gets of one key at once ask each replica twice, not a thousand times", async () => {
  const flow = holding(OLD, 2);
  const gets = Array.from({ length: 1_000 }, () => begin(flow));
  await flow.time.run(50);
  for (const outcome of await Promise.all(gets)) expect(dots(outcome)).toEqual(["a1"]);
  expect(flow.reads).toEqual(["a:versions", "b:causality", "a:versions", "b:causality"]);
  expect(flow.coordinator.counts).toMatchObject({ reads: 2, readsShared: 998 });
});

test("a get alone is sent at once", () => {
  const flow = holding(OLD, 2);
  void begin(flow);
  expect(flow.reads).toEqual(["a:versions", "b:causality"]);
});

test("a get never takes the answer of a read that was sent before it: a write acknowledged in between would be missed", async () => {
  const flow = holding(OLD, 3);
  const before = begin(flow);
  await flow.time.run(1);
  // The replicas have read for the first get already; now a write reaches them and is acknowledged.
  for (const node of ["a", "b", "c"]) flow.replicas.holds(node, NEW, { afterMs: 3 });
  const after = begin(flow);
  await flow.time.run(50);
  expect(dots(await before)).toEqual(["a1"]);
  expect(dots(await after)).toEqual(["a2"]);
});

test("a get does not wait for a slow read of its key longer than a few milliseconds", async () => {
  const flow = holding(OLD, 80);
  void begin(flow);
  await flow.time.run(1);
  for (const node of ["a", "b", "c"]) flow.replicas.holds(node, OLD, { afterMs: 1 });
  let atMs: number | undefined;
  void begin(flow).then(() => {
    atMs = flow.time.monotonicMs();
  });
  await flow.time.run(20);
  expect(atMs).toBe(7);
});

test("gets that ask for different things do not share", async () => {
  const flow = holding(OLD, 2);
  const gets = [
    begin(flow),
    begin(flow), // gathers; none of the others may join it
    begin(flow, { consistency: { strict: true, level: "all" } }),
    begin(flow, { consistency: { strict: false } }),
    begin(flow, { monotonic: true }),
    begin(flow, { bucket: { ...BUCKET, w: 3 } }),
    begin(flow, { row: Uint8Array.from([...ROW, 1]) }),
  ];
  await flow.time.run(50);
  for (const outcome of await Promise.all(gets)) expect(outcome.type).toBe("ok");
  expect(flow.coordinator.counts).toMatchObject({ reads: 7, readsShared: 0 });
});

test("each get is answered by its own deadline, whoever it shares with", async () => {
  const flow = new Flow();
  for (const node of ["a", "b", "c"]) flow.replicas.node(node).read = () => "silence";
  const ended: string[] = [];
  for (const timeoutMs of [100, 400, 60, 401]) {
    const deadlineMs = timeoutMs;
    void begin(flow, { deadlineMs }).then(({ type }) =>
      ended.push(`${timeoutMs}: ${type} at ${flow.time.monotonicMs()}`),
    );
  }
  await flow.time.run(1_000);
  expect(ended).toEqual([
    "60: failed at 60",
    "100: failed at 100",
    "400: failed at 400",
    "401: failed at 400",
  ]);
});

test("nothing is kept of a key once nobody reads it", async () => {
  const flow = holding(OLD, 2);
  for (let i = 0; i < 10; i++) {
    const row = Uint8Array.from([i, ...ROW.slice(1)]);
    void begin(flow, { row });
    void begin(flow, { row });
  }
  await flow.time.run(200);
  const reads = flow.reads.length;
  void begin(flow, { row: Uint8Array.from([0, ...ROW.slice(1)]) });
  expect(flow.reads.length).toBe(reads + 2);
  await flow.time.run(200);
  expect(flow.time.nextMs).toBe(Number.POSITIVE_INFINITY);
});
