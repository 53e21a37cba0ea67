import { connect, type Store } from "@coterie/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../cluster/eventually.ts";
import { RealCluster } from "../cluster/real-cluster.ts";

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
});
afterAll(() => cluster.stop());

interface Load {
  readonly failures: readonly unknown[];
  /** Resolves when so many more updates are done. */
  goesOn(updates: number): Promise<void>;
  stop(): Promise<void>;
}

/** Workers that read and write as fast as they are answered. */
function load(store: Store, workers: number): Load {
  const notes = store.bucket<number>("load");
  const failures: unknown[] = [];
  let running = true;
  let done = 0;
  const all = Array.from({ length: workers }, async (_, worker) => {
    for (let i = 0; running; i++) {
      try {
        await notes.update(`${worker}/${i % 50}`, () => i);
        done++;
      } catch (error) {
        failures.push(error);
      }
    }
  });
  return {
    failures,
    goesOn: (updates) => {
      const goal = done + updates;
      return eventually(() => expect(done).toBeGreaterThanOrEqual(goal), 60_000);
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
    await running.goesOn(200);
    await cluster.kill(id);
    await running.goesOn(200);
    await cluster.restart(id);
    await cluster.settled();
  }
  await running.stop();
  expect(running.failures).toEqual([]);
}, 120_000);

test("while a node hangs, calls go on and none fails", async () => {
  await using store = await connect(cluster.addresses, { timeoutMs: 15_000 });
  const running = load(store, 8);
  await running.goesOn(500);
  cluster.process("n2").signal("SIGSTOP");
  try {
    await running.goesOn(2_000);
    await running.stop();
    expect(running.failures).toEqual([]);
  } finally {
    cluster.process("n2").signal("SIGCONT");
  }
}, 120_000);

test("after close the process holds nothing of the store", async () => {
  const held = () => process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap").length;
  const before = held();
  for (let i = 0; i < 3; i++) {
    const store = await connect(cluster.addresses);
    await store.bucket<number>("load").put("x", i, "unseen");
    store.close();
  }
  await eventually(() => expect(held()).toBeLessThanOrEqual(before));
}, 30_000);
