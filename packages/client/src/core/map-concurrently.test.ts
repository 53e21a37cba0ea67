import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { mapConcurrently } from "./map-concurrently.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("results come in the order of the items, whichever is done first", async () => {
  const results = mapConcurrently([3, 1, 2], 3, async (turns) => {
    for (let i = 0; i < turns; i++) await turn();
    return turns;
  });
  expect(await collect(results)).toEqual([3, 1, 2]);
});

test("no more items are under way than the bound, and none is taken ahead of a reader who waits", async () => {
  let underWay = 0;
  let most = 0;
  let taken = 0;
  function* items() {
    for (let i = 0; i < 100; i++) {
      taken++;
      yield i;
    }
  }
  const results = mapConcurrently(items(), 4, async (item) => {
    most = Math.max(most, ++underWay);
    await turn();
    underWay--;
    return item;
  });
  await results.next();
  await turn();
  expect(taken).toBe(4);
  await collect(results);
  expect(most).toBe(4);
});

test("the first failure ends it, after what is under way has ended", async () => {
  const ended: number[] = [];
  const results = mapConcurrently([0, 1, 2, 3, 4, 5], 3, async (item) => {
    await turn();
    if (item === 1) throw new Error("one");
    await turn();
    ended.push(item);
    return item;
  });
  await expect(collect(results)).rejects.toThrow("one");
  expect(ended).toEqual([0, 2, 3]);
});

test("a reader who leaves waits for what is under way, and nothing new begins", async () => {
  let begun = 0;
  const items = async (item: number) => {
    begun++;
    await turn();
    return item;
  };
  for await (const _ of mapConcurrently([1, 2, 3, 4, 5, 6, 7, 8], 2, items)) break;
  expect(begun).toBe(2);
});
