import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import {
  after,
  BUCKET,
  DURABLE,
  ROW,
  ScriptedReplicas,
  versions,
} from "../test/scripted-replicas.ts";
import { ReadRepair } from "./read-repair.ts";

function setUp(options: { concurrency?: number; queueMax?: number } = {}) {
  const time = new VirtualTime();
  const replicas = new ScriptedReplicas(time);
  const repairs = new ReadRepair(
    { replicas, clock: time, timers: time, random: new SeededRandom(1) },
    { delayMs: 50, concurrency: 2, queueMax: 10, timeoutMs: 1_000, ...options },
  );
  const add = (node: string, row = 1, set = versions(["a1"])) =>
    repairs.add({
      node,
      row: Uint8Array.from([...ROW, row]),
      bucket: BUCKET,
      versions: set,
      era: undefined,
    });
  return { time, replicas, repairs, add };
}

test("a repair waits for writes in flight, and then merges as a repair [trap 18]", async () => {
  const { time, replicas, add } = setUp();
  add("b");
  await time.run(49);
  expect(replicas.calls).toEqual([]);
  await time.run(1);
  expect(replicas.calls).toEqual([{ kind: "merge", node: "b", epoch: 1, repair: true }]);
});

test("many stale reads of one row on one node are one repair, with the latest set", async () => {
  const { time, replicas, add } = setUp();
  const sent: Uint8Array[] = [];
  replicas.node("b").merge = (_, set) => {
    sent.push(set);
    return after(1, DURABLE);
  };
  add("b");
  add("b", 1, versions(["a2"], ["a1"]));
  await time.run(100);
  expect(sent).toEqual([versions(["a2"], ["a1"])]);
});

test("no more than `concurrency` run at once", async () => {
  const { time, replicas, add } = setUp();
  replicas.node("b").merge = () => after(100, DURABLE);
  for (let row = 0; row < 5; row++) add("b", row);
  await time.run(60);
  expect(replicas.calls.length).toBe(2);
  await time.run(100);
  expect(replicas.calls.length).toBe(4);
  await time.run(100);
  expect(replicas.calls.length).toBe(5);
});

test("what does not fit into the queue is dropped and counted", async () => {
  const { time, repairs, add } = setUp({ queueMax: 3 });
  for (let row = 0; row < 5; row++) add("b", row);
  await time.run(1_000);
  expect(repairs.counts).toEqual({ sent: 3, dropped: 2 });
});

test("a node that is no primary any more is not repaired", async () => {
  const { time, replicas, add } = setUp();
  add("b");
  replicas.current = { ...replicas.current, writeGroups: [["a", "c", "d"]] };
  await time.run(100);
  expect(replicas.calls).toEqual([]);
});
