import { testCluster } from "@coterie/testing";
import { expect, test, vi } from "vitest";

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort();

test("writes on both sides of a network partition are siblings when it heals", async () => {
  await using cluster = await testCluster();
  const here = (await cluster.via("a")).bucket<string>("notes");
  const there = (await cluster.via("b", "c")).bucket<string>("notes");
  await here.put("n", "before", "unseen");
  const seen = await there.get("n");
  cluster.partition(["a"], ["b", "c"]);
  await here.put("n", "here", await here.get("n", { r: 1 }), { w: 1 });
  await there.put("n", "there", seen, { w: 2 });
  cluster.heal();
  const read = await cluster.store.bucket<string>("notes").get("n", { r: 3 });
  expect(read.kind).toBe("siblings");
  if (read.kind === "siblings") expect([...read.siblings].sort()).toEqual(["here", "there"]);
});

test("a crash of one node fails no call, and what it had acknowledged is there after its restart", async () => {
  await using cluster = await testCluster();
  const notes = cluster.store.bucket<number>("notes");
  await notes.put("warm", 0, "unseen");
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < 300; i++) {
    calls.push(notes.put(`k${i}`, i, "unseen"));
    if (i === 100) cluster.crash("b");
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(calls);
  await cluster.restart("b");
  for (const node of cluster.nodes) {
    const store = await cluster.via(node);
    const reads = await store
      .bucket<number>("notes")
      .getMany(Array.from({ length: 300 }, (_, i) => `k${i}`));
    for (const [key, read] of reads) {
      expect(read).toMatchObject({ kind: "value", value: Number(key.slice(1)) });
    }
  }
});

test("every node restarted in turn under load: no call fails", async () => {
  await using cluster = await testCluster();
  const carts = cluster.store.bucket<readonly string[]>("carts", { merge: union });
  await carts.put("k0", []);
  let running = true;
  let done = 0;
  const failures: unknown[] = [];
  const workers = Array.from({ length: 16 }, async (_, worker) => {
    for (let i = 0; running; i++) {
      try {
        await carts.update(`k${worker}`, (cart) => union((cart ?? []).slice(-5), [`i${i}`]));
        done++;
      } catch (error) {
        failures.push(error);
      }
    }
  });
  const goesOn = (updates: number) => {
    const goal = done + updates;
    return vi.waitFor(() => expect(done).toBeGreaterThanOrEqual(goal), { timeout: 20_000 });
  };
  for (const node of cluster.nodes) {
    await goesOn(30);
    cluster.crash(node);
    await goesOn(30);
    await cluster.restart(node);
    for (const other of cluster.nodes) {
      const bucket = (await cluster.via(other)).bucket("carts");
      await vi.waitFor(() => bucket.get("k0", { r: 3 }), { timeout: 20_000 });
    }
  }
  running = false;
  await Promise.all(workers);
  expect(failures).toEqual([]);
});

test("a majority down: calls fail clearly within their deadline, and succeed when it is back", async () => {
  await using cluster = await testCluster();
  const notes = cluster.store.bucket<number>("notes");
  await notes.put("k", 1, "unseen");
  cluster.crash("b");
  cluster.crash("c");
  const late = new Promise((resolve) => setTimeout(resolve, 1_300, "too late"));
  const call = Promise.race([notes.get("k", { timeoutMs: 1_000 }), late]);
  await expect(call).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
  await cluster.restart("b");
  expect(await notes.get("k")).toMatchObject({ value: 1 });
});

test("10,000 calls started at once finish, or are refused before anything was sent", async () => {
  await using cluster = await testCluster({ store: { callsMax: 2_000, timeoutMs: 20_000 } });
  const notes = cluster.store.bucket<number>("notes");
  await notes.put("k", 1, "unseen");
  const results = await Promise.allSettled(
    Array.from({ length: 10_000 }, (_, i) => notes.put(`k${i % 100}`, i, "unseen")),
  );
  const refused = results.filter(({ status }) => status === "rejected");
  for (const result of refused) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "OVERLOADED" });
  }
  expect(refused.length).toBe(8_000);
});

test("after close nothing is left: no timer, no session", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const cluster = await testCluster();
  const notes = cluster.store.bucket<number>("notes");
  await notes.put("k", 1, "unseen");
  cluster.crash("a");
  const hanging = expect(notes.put("k", 2, "unseen", { w: 3 })).rejects.toMatchObject({
    code: "CLOSED",
  });
  await cluster.close();
  await hanging;
  await expect(notes.get("k")).rejects.toMatchObject({ code: "CLOSED" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(timers()).toBeLessThanOrEqual(before);
});
