import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Store } from "@coterie/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RealCluster } from "../cluster/real-cluster.ts";

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
});
afterAll(() => cluster.stop());

interface Load {
  readonly failures: readonly unknown[];
  readonly calls: number;
  readonly worstMs: number;
  stop(): Promise<void>;
}

/** Workers that read and write as fast as they are answered. */
function load(store: Store, workers: number): Load {
  const notes = store.bucket<number>("load");
  const failures: unknown[] = [];
  let running = true;
  let calls = 0;
  let worstMs = 0;
  const all = Array.from({ length: workers }, async (_, worker) => {
    for (let i = 0; running; i++) {
      const beganMs = performance.now();
      try {
        await notes.update(`${worker}/${i % 50}`, () => i);
        calls += 2;
      } catch (error) {
        failures.push(error);
      }
      worstMs = Math.max(worstMs, performance.now() - beganMs);
    }
  });
  return {
    failures,
    get calls() {
      return calls;
    },
    get worstMs() {
      return worstMs;
    },
    stop: async () => {
      running = false;
      await Promise.all(all);
    },
  };
}

test("every node restarted in turn under load: no call fails", async () => {
  await using store = await connect(cluster.addresses, { timeoutMs: 15_000 });
  const running = load(store, 16);
  for (const { id } of cluster.nodes) {
    await sleep(500);
    await cluster.kill(id);
    await sleep(500);
    await cluster.restart(id);
    await cluster.settled();
  }
  await running.stop();
  expect(running.failures).toEqual([]);
  expect(running.calls).toBeGreaterThan(500);
}, 120_000);

test("a node that hangs costs no call more than its hedges, and is left alone", async () => {
  await using store = await connect(cluster.addresses, { timeoutMs: 15_000 });
  const warm = load(store, 8);
  await sleep(2_000);
  await warm.stop();
  cluster.process("n2").signal("SIGSTOP");
  try {
    const running = load(store, 8);
    await sleep(3_000);
    await running.stop();
    expect(running.failures).toEqual([]);
    expect(running.calls).toBeGreaterThan(100);
    // An update is a read and a write, each with a hedge of 300 and 500 ms at most on a busy machine; without
    // hedges it would wait for the silence of the connection, 2.5 s.
    expect(running.worstMs).toBeLessThan(2_000);
  } finally {
    cluster.process("n2").signal("SIGCONT");
  }
}, 60_000);

test("after close the process holds nothing of the store", async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap").length;
  for (let i = 0; i < 3; i++) {
    const store = await connect(cluster.addresses);
    await store.bucket<number>("load").put("x", i, "unseen");
    store.close();
  }
  await sleep(500);
  const after = process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap").length;
  expect(after).toBeLessThanOrEqual(before);
}, 30_000);
