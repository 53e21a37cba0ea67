import { create } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import { BucketSyncSchema } from "@coterie/wire";
import { expect, test } from "vitest";
import type { Peers } from "../membership/peers.ts";
import type { NodeStore } from "../node-store.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { Buckets } from "./buckets.ts";

const OWNERS: readonly NodeId[] = ["n1", "n2", "n3", "n4", "n5"];

/** The buckets of n1 among five owners, each of whom answers the so-many-th time that it is told; and who was told, in order. */
function among(answersAt: Readonly<Record<NodeId, number>>) {
  const told: NodeId[] = [];
  const others = OWNERS.slice(1);
  const peers: Pick<Peers, "up" | "isUp"> & { call(to: NodeId): Promise<unknown> } = {
    up: () => others,
    isUp: (id) => others.includes(id),
    call: async (to) => {
      told.push(to);
      const times = told.filter((id) => id === to).length;
      if (times < (answersAt[to] ?? Number.POSITIVE_INFINITY))
        return { type: "lost", reason: "slow" };
      const value = create(BucketSyncSchema, { epoch: 1 });
      return { type: "reply", reply: { body: { case: "buckets", value } } };
    },
  };
  const record = { epoch: 1, owners: OWNERS.map((id) => ({ id })) };
  const buckets = new Buckets({
    self: "n1",
    store: { putMeta: async () => {} } as unknown as NodeStore,
    peers: peers as unknown as Peers,
    rings: { view: { record } } as unknown as RingKeeper,
    onEvent: () => {},
  });
  const rounds = () => others.map((id) => told.filter((each) => each === id).length);
  return { buckets, rounds };
}

test("a new bucket's first request waits for one telling when a majority of the owners hears of it", async () => {
  const { buckets, rounds } = among({ n2: 1, n3: 1 });
  await buckets.use("carts");
  expect(rounds()).toEqual([1, 1, 1, 1]);
});

test("owners that were too slow to hear of a new bucket are told again until a majority has heard, and only they", async () => {
  const { buckets, rounds } = among({ n2: 1, n3: 3, n4: 4 });
  await buckets.use("carts");
  expect(rounds()).toEqual([1, 3, 3, 3]);
});

test("a bucket is not waited for for ever where no majority of the owners hears of it", async () => {
  const { buckets, rounds } = among({ n2: 1 });
  expect(await buckets.use("carts")).toMatchObject({ name: "carts", n: 3 });
  expect(rounds()).toEqual([1, 4, 4, 4]);
});
