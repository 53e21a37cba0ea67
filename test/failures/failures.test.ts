import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Store } from "@coterie/client";
import { encodeUtf8 } from "@coterie/core";
import { adminClient, kvClient } from "@coterie/transport-grpc";
import { Error_Code } from "@coterie/wire";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../cluster/eventually.ts";
import { FaultyCluster } from "./faulty-cluster.ts";
import { hintsDrained, missingCopies } from "./on-all-primaries.ts";
import { SteadyLoad } from "./steady-load.ts";

let faulty: FaultyCluster;
let store: Store;
beforeAll(async () => {
  faulty = await FaultyCluster.start(5, false, ["--requests-max", "64"]);
  store = await connect(faulty.cluster.addresses, { timeoutMs: 15_000 });
});
afterAll(async () => {
  store.close();
  await faulty.stop();
});

/** No call fails from the fault to its end, and what was written is everywhere afterwards. */
async function survives(fault: () => unknown, heal: () => unknown): Promise<void> {
  const load = new SteadyLoad(store, "load", 50);
  await sleep(500);
  await fault();
  await sleep(3_500);
  await heal();
  await faulty.cluster.settled();
  await load.stop();
  expect(load.calls.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(load.acknowledged.size).toBeGreaterThan(50);
  await hintsDrained(faulty.cluster, 60_000);
  await eventually(async () => {
    expect(await missingCopies(faulty.cluster, load.bucket, load.acknowledged.keys())).toEqual([]);
  }, 30_000);
}

const signal = (id: string, name: NodeJS.Signals) => faulty.cluster.process(id).signal(name);

test("what is beyond a node's bound is refused with a delay, and nothing of it is written; clients that wait as asked lose nothing", async () => {
  const client = kvClient(faulty.cluster.node("n1").address);
  const puts = Array.from({ length: 500 }, async (_, i) => {
    const put = { bucket: "burst", key: encodeUtf8(`k${i}`), value: encodeUtf8("v") };
    return { i, result: await client.put(put, { timeoutMs: 20_000 }) };
  });
  const refused: number[] = [];
  for (const { i, result } of await Promise.all(puts)) {
    if (result.type === "ok") continue;
    expect(result.status).toBe(status.RESOURCE_EXHAUSTED);
    expect(result.error).toMatchObject({ code: Error_Code.OVERLOADED });
    expect(result.error.retryAfterMs).toBeGreaterThanOrEqual(100);
    refused.push(i);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(500);
  const [first] = refused;
  const read = await client.get({ bucket: "burst", key: encodeUtf8(`k${first}`) });
  expect(read).toMatchObject({ type: "ok", response: { siblings: [] } });
  client.close();

  const burst = store.bucket<number>("burst");
  await Promise.all(Array.from({ length: 600 }, (_, i) => burst.put(`s${i}`, i, "unseen")));
}, 60_000);

test("a node killed and restarted", () =>
  survives(
    () => faulty.cluster.kill("n2"),
    () => faulty.cluster.restart("n2"),
  ));

test("a node that stands still and goes on", () =>
  survives(
    () => signal("n3", "SIGSTOP"),
    () => signal("n3", "SIGCONT"),
  ));

test("a node that nothing reaches any more, and that is reached again", () =>
  survives(
    () => faulty.cut("n4"),
    () => faulty.mend("n4"),
  ));

test("a node slowed to 500 ms an answer, which is neither dead nor asked by clients any more", async () => {
  await survives(
    () => faulty.slow("n5", 500),
    async () => {
      const client = adminClient(faulty.cluster.node("n1").address);
      const seen = await client.getStatus({});
      client.close();
      expect(seen).toMatchObject({
        response: {
          nodes: expect.arrayContaining([
            expect.objectContaining({ id: "n5", state: "alive", circuit: "closed" }),
          ]),
        },
      });
      faulty.slow("n5", 0);
    },
  );
});
