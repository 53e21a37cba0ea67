import type { NodeId } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { type Era, FIRST_ERA } from "@coterie/versions";
import { type CollectionResult, CollectionResultSchema, create } from "@coterie/wire";
import { expect, test } from "vitest";
import type { NodeMemory } from "../birth/birth.ts";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";
import { EraNews } from "./era-news.ts";

interface Told {
  readonly knowsEras?: boolean;
  readonly knewEras?: boolean;
  readonly epoch?: number;
  readonly eras?: readonly { partition: number; swept: number; collected: number }[];
}

/** Node n1 among five owners in epoch 7, with what the others tell it; whoever is not named is silent. */
function newcomer(told: Record<NodeId, Told>, holdsRows = false) {
  const eras = new Map<number, Era>();
  const owners = ["n1", "n2", "n3", "n4", "n5"].map((id) => ({ id }));
  let knew = false;
  const store: Pick<NodeStore, "stats" | "eraOf" | "collect"> = {
    stats: async () => [],
    eraOf: (partition) => eras.get(partition) ?? FIRST_ERA,
    collect: async (command) => {
      if (command.type !== "adoptEra") throw new Error(command.type);
      const { partition, swept, collected } = command;
      const missed = (eras.get(partition)?.swept ?? 0) < collected;
      if (missed || !holdsRows) eras.set(partition, { swept, collected });
      return { type: "accepted" };
    },
  };
  const call = async (id: NodeId) => {
    if (told[id] === undefined) return { type: "lost", reason: "silent" };
    const news = create(CollectionResultSchema, { epoch: 7, ...told[id] } as CollectionResult);
    return { type: "reply", reply: { body: { case: "collection", value: news } } };
  };
  const memory = {
    knewEras: async () => knew,
    keepKnewEras: async () => {
      knew = true;
    },
  } as NodeMemory;
  const news = new EraNews({
    self: "n1",
    timers: new VirtualTime(),
    store: store as NodeStore,
    memory,
    cluster: { ring: { record: { epoch: 7, owners } } } as unknown as Cluster,
    buckets: { list: () => [{ wMin: 2 }] } as unknown as Buckets,
    peers: { call } as unknown as Peers,
    onEvent: () => {},
  });
  return { news, eras, memory };
}

test("a node keeps nothing for others before it has heard one that knows where was collected", async () => {
  const silent = newcomer({});
  await silent.news.learn();
  expect(silent.news.obstacle(3)).toMatch(/has not heard yet/);

  const asNew = newcomer({ n2: {}, n3: {}, n4: {}, n5: {} });
  await asNew.news.learn();
  expect(asNew.news.obstacle(3)).toMatch(/has not heard yet/);

  const told = newcomer({
    n2: { knowsEras: true, eras: [{ partition: 3, swept: 5, collected: 4 }] },
  });
  await told.news.learn();
  expect(told.news.obstacle(3)).toBeUndefined();
  expect(told.eras.get(3)).toEqual({ swept: 5, collected: 4 });
  expect(await told.news.standing()).toEqual({ knowsEras: true, knewEras: true });
});

test("who was there from the beginning has nothing to hear", async () => {
  const { news } = newcomer({});
  news.start(true);
  expect(news.obstacle(3)).toBeUndefined();
  news.stop();
});

test("a disk that takes no note of it is no obstacle", async () => {
  const { news, memory } = newcomer({ n2: { knowsEras: true } });
  memory.keepKnewEras = () => Promise.reject(new StoreFailure("full"));
  await news.learn();
  expect(news.obstacle(3)).toBeUndefined();
});

test("who is still in an older ring may have a round to end there, and is not enough", async () => {
  const { news } = newcomer({ n2: { knowsEras: true, epoch: 6 } });
  await news.learn();
  expect(news.obstacle(3)).toMatch(/has not heard yet/);
});

test("when a whole cluster starts, half of the others are enough that knew it once", async () => {
  const one = newcomer({ n2: { knewEras: true } });
  await one.news.learn();
  expect(one.news.obstacle(3)).toMatch(/has not heard yet/);
  const two = newcomer({ n2: { knewEras: true }, n3: { knewEras: true } });
  await two.news.learn();
  expect(two.news.obstacle(3)).toBeUndefined();
});

test("where it holds something from before a sweep of others, it keeps nothing until it is swept itself", async () => {
  const { news, eras } = newcomer(
    { n2: { knowsEras: true, eras: [{ partition: 3, swept: 5, collected: 0 }] } },
    true,
  );
  await news.learn();
  expect(news.obstacle(3)).toBe("it has missed the sweep of round 5 of partition 3");
  expect(news.obstacle(4)).toBeUndefined();
  eras.set(3, { swept: 6, collected: 0 });
  expect(news.obstacle(3)).toBeUndefined();
});
