import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Store } from "@coterie/client";
import { adminClient } from "@coterie/transport-grpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../cluster/eventually.ts";
import { FaultyCluster } from "./faulty-cluster.ts";
import { hintsDrained, missingCopies } from "./on-all-primaries.ts";
import { SteadyLoad } from "./steady-load.ts";

let faulty: FaultyCluster;
let store: Store;
beforeAll(async () => {
  faulty = await FaultyCluster.start(5, false);
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
      const status = await client.getStatus({});
      client.close();
      expect(status).toMatchObject({
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
