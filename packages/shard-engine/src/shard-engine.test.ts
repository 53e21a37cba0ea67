import { SeededRandom } from "@coterie/core";
import { describe, expect, test } from "vitest";
import {
  COMMITTED,
  merge,
  mint,
  mintOf,
  put,
  ROW,
  readRow,
  restart,
  setOf,
  start,
  values,
} from "../test/fixture.ts";
import { MemoryStore } from "./memory-store.ts";
import { StorageError } from "./ordered-store.ts";
import type { ShardEngine } from "./shard-engine.ts";

const bucket = { n: 3, mode: "siblings" } as const;

describe("a shard's actor", () => {
  test("is another one at every start, and all of them are on record", () => {
    const first = start();
    const second = restart(first);
    const third = restart(second);
    const actors = [first, second, third].map(({ engine }) => engine.stats().actor);
    expect(new Set(actors).size).toBe(3);
    expect(new Set(third.engine.stats().actors)).toEqual(new Set(actors));
  });

  test("is durable before its first dot", () => {
    const opened = start();
    const { dot } = mint(opened.engine, "minted, sent to others, never committed here");
    opened.store.crash();
    expect(restart(opened).engine.stats().actors).toContain(dot.actor);
  });

  test("cannot start on a store that cannot write it down", () => {
    const store = new MemoryStore();
    store.failNextCommit("full");
    expect(() => start({ store })).toThrow(StorageError);
  });

  test("a restart, a restored copy and a copied directory never mint a dot again", () => {
    const first = start();
    const dots = [put(first.engine, "1").dot];
    const copy = first.store.snapshot();
    dots.push(put(first.engine, "2").dot);
    dots.push(put(restart(first).engine, "3").dot);
    first.store.restore(copy);
    dots.push(put(restart(first).engine, "4").dot);
    const twin = new MemoryStore();
    twin.restore(copy);
    dots.push(put(start({ store: twin.reopen() }).engine, "5").dot);
    expect(new Set(dots.map(({ actor, counter }) => `${actor}:${counter}`)).size).toBe(5);
  });

  test("that somebody else mints as is given up, and no dot is minted before the next is durable", () => {
    const one = start();
    // The same random numbers: what a machine image does that was resumed twice.
    const open = (): ShardEngine => start({ random: new SeededRandom(7), time: one.time }).engine;
    const [original, copy] = [open(), open()];
    put(copy, "theirs");
    const { versions, dot } = put(copy, "theirs again");
    expect(dot.actor).toBe(original.stats().actor);

    original.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions });
    expect(original.stage(mintOf("ours"))).toMatchObject({ type: "refused", reason: "storage" });
    expect(original.commit()).toEqual(COMMITTED);
    expect(original.stats().actors).toContain(original.stats().actor);
    expect(mint(original, "ours").dot).toMatchObject({ actor: original.stats().actor, counter: 1 });
    expect(original.stats().actor).not.toBe(dot.actor);
  });
});

describe("a batch", () => {
  test("is committed as a whole, and read only after that", () => {
    const { engine } = start();
    put(engine, "before");
    expect(values(readRow(engine).versions)).toEqual(["before"]);
    mint(engine, "staged");
    expect(() => readRow(engine)).toThrow("a batch reads before it writes");
    expect(engine.commit()).toEqual(COMMITTED);
    expect(values(readRow(engine).versions)).toEqual(["before", "staged"]);
  });

  test("sees its own uncommitted rows when it mints and merges", () => {
    const { engine } = start();
    const first = mint(engine, "1");
    const second = mint(engine, "2", { context: first.context });
    expect(values(second.versions)).toEqual(["2"]);
    const other = put(start({ self: "b" }).engine, "3");
    expect(values((merge(engine, other.versions) as typeof second).versions)).toEqual(["2", "3"]);
    expect(values(readRow(engine).versions)).toEqual(["2", "3"]);
  });

  test("that fails leaves nothing, says why, and the next one commits", () => {
    const { engine, store } = start();
    put(engine, "before");
    store.failNextCommit("full");
    mint(engine, "lost");
    expect(engine.commit()).toEqual({
      type: "failed",
      kind: "full",
      detail: "the commit was made to fail (full)",
    });
    expect(values(readRow(engine).versions)).toEqual(["before"]);
    put(engine, "after");
    expect(values(readRow(engine).versions)).toEqual(["after", "before"]);
    expect(engine.stats()).toMatchObject({
      failedBatches: 1,
      lastFault: expect.stringContaining("full"),
    });
  });

  test("is lost by a crash before its commit and kept by one after", () => {
    const opened = start();
    put(opened.engine, "kept");
    mint(opened.engine, "lost");
    opened.store.crash();
    expect(values(readRow(restart(opened).engine).versions)).toEqual(["kept"]);
  });
});

test("the complete new set that a mint returns is what the row holds", () => {
  const { engine } = start();
  put(engine, "1");
  const { versions } = put(engine, "2");
  expect(readRow(engine).versions).toEqual(versions);
  expect(setOf(versions).siblings).toHaveLength(2);
});
