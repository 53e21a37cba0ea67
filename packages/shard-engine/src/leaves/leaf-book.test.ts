import { compareBytes } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mint, mintOf, put, ROW, restart, start } from "../../test/fixture.ts";
import { readAll, rootsOf, rootsOfRows } from "../../test/leaves.ts";
import { partitionOfRow, rowKey } from "../row-key.ts";

const rows = Array.from({ length: 200 }, (_, i) => rowKey("carts", Uint8Array.of(i)));
const ofRow = partitionOfRow(ROW, 16);

/** Rows, all read and all flushed. */
function filled() {
  const opened = start();
  readAll(opened.engine);
  for (const row of rows) mint(opened.engine, "x", { row });
  opened.engine.commit();
  opened.time.advance(61_000);
  for (let i = 0; i < 16; i++) opened.engine.scrub(100);
  return opened;
}

describe("the leaves of a shard [design §5]", () => {
  test("are what its committed rows add up to, whatever happens to them", () => {
    const step = fc.record({
      kind: fc.constantFrom(
        "put",
        "put",
        "put",
        "merge",
        "fail",
        "scrub",
        "crash",
        "close",
        "rest",
      ),
      row: fc.nat(rows.length - 1),
      rowsMax: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        let here = start();
        const there = start({ self: "b" });
        for (const { kind, row, rowsMax } of steps) {
          if (kind === "put") put(here.engine, "x", { row: rows[row]! });
          if (kind === "merge") {
            const { versions } = put(there.engine, "y", { row: rows[row]! });
            const bucket = { n: 3, mode: "siblings" } as const;
            here.engine.stage({ type: "merge", epoch: 1, row: rows[row]!, bucket, versions });
            mint(here.engine, "in the same batch", { row: rows[row]! });
            here.engine.commit();
          }
          if (kind === "fail") {
            here.store.failNextCommit("io");
            put(here.engine, "lost", { row: rows[row]! });
          }
          if (kind === "scrub") here.engine.scrub(rowsMax);
          if (kind === "crash") here = restart(here);
          if (kind === "close") {
            here.engine.close();
            here = restart(here);
          }
          if (kind === "rest") here.time.advance(61_000);
          const told = rootsOf(here.engine);
          const right = rootsOfRows(here.engine);
          for (const [p, root] of told.entries())
            if (root !== undefined) expect(root).toEqual(right[p]);
        }
        readAll(here.engine);
        expect(rootsOf(here.engine)).toEqual(rootsOfRows(here.engine));
        expect(here.engine.stats()).toMatchObject({ correctedPartitions: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test("are known after a clean stop without reading a row", () => {
    const opened = filled();
    put(opened.engine, "after the flush");
    const before = rootsOf(opened.engine);
    const { rows: count, rowBytes } = opened.engine.stats();
    opened.engine.close();
    const { engine } = restart(opened);
    expect(rootsOf(engine)).toEqual(before);
    expect(engine.stats()).toMatchObject({ rows: count, rowBytes, counted: true });
  });

  test("are read again after a crash only where something was written since they were flushed", () => {
    const opened = filled();
    put(opened.engine, "after the flush");
    opened.store.crash();
    const { engine } = restart(opened);
    const unread = [...rootsOf(engine).entries()].filter(([, root]) => root === undefined);
    expect(unread.map(([partition]) => partition)).toEqual([ofRow]);
    engine.scrub(1000);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
  });

  test("cost a put one row, and one mark for its partition until that is flushed", () => {
    const { engine, store, time } = filled();
    const entries = (): number =>
      [...store.snapshot().spaces.meta.range(new Uint8Array(), undefined, 999)].filter(({ key }) =>
        String.fromCharCode(...key).startsWith("leaves/"),
      ).length;
    const all = entries();
    expect(all).toBeGreaterThan(10);
    for (let i = 0; i < 5; i++) put(engine, `put ${i}`);
    expect(entries()).toBe(all - 1);
    engine.scrub(1);
    expect(entries()).toBe(all - 1);
    time.advance(61_000);
    engine.scrub(1);
    expect(entries()).toBe(all);
  });

  test("of a flush that fails are flushed later", () => {
    const { engine, store, time } = filled();
    put(engine, "after the flush");
    time.advance(61_000);
    store.failNextCommit("full");
    engine.scrub(1);
    store.crash();
    const after = start({ store: store.reopen(), time });
    expect(rootsOf(after.engine)[ofRow]).toBeUndefined();
    readAll(after.engine);
    expect(rootsOf(after.engine)).toEqual(rootsOfRows(after.engine));
  });

  test("lose a row that is found damaged, and gain what is merged over it", () => {
    const { engine, store } = filled();
    const { versions } = put(engine, "here");
    const whole = rootsOf(engine);
    store.flipBit("rows", ROW, 8 * 30);
    const bucket = { n: 3, mode: "siblings" } as const;
    engine.read({ epoch: 1, row: ROW, bucket, want: "versions" });
    engine.commit();
    expect(rootsOf(engine)[ofRow]).toBeUndefined();
    readAll(engine);
    expect(rootsOf(engine)[ofRow]).not.toEqual(whole[ofRow]);
    engine.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions });
    engine.commit();
    readAll(engine);
    expect(rootsOf(engine)).toEqual(whole);
  });

  test("are read again where a row is written over that nobody knew to be damaged", () => {
    const { engine, store } = filled();
    const { versions } = put(engine, "here");
    store.flipBit("rows", ROW, 8 * 30);
    const bucket = { n: 3, mode: "siblings" } as const;
    engine.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions });
    engine.commit();
    expect(rootsOf(engine)[ofRow]).toBeUndefined();
    readAll(engine);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
  });

  test("are right when rows change behind and ahead of where they are being read", () => {
    const opened = filled();
    for (const row of rows) put(opened.engine, "so that each has to be read again", { row });
    const { engine } = restart(opened);
    const inOrder = [...rows].sort(compareBytes);
    for (let at = 0; at < rows.length; at += 7) {
      engine.scrub(3);
      put(engine, "anew", { row: inOrder[at]! });
      put(engine, "anew", { row: inOrder[rows.length - 1 - at]! });
      put(engine, "new", { row: rowKey("carts", Uint8Array.of(at, at)) });
    }
    readAll(engine);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
    expect(engine.stats()).toMatchObject({ rows: rows.length + 29 });
  });

  test("that do not fit the rows are found by the scrub and put right", () => {
    const { engine, store } = filled();
    const transaction = store.begin();
    transaction.delete("rows", rows[3]!);
    transaction.commit();
    expect(rootsOf(engine)).not.toEqual(rootsOfRows(engine));
    for (let i = 0; i < 16; i++) engine.scrub(100);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
    expect(engine.stats()).toMatchObject({ correctedPartitions: 1, rows: rows.length - 1 });
  });

  test("are kept apart by N, because buckets of different N have different primaries", () => {
    const { engine } = filled();
    const before = rootsOf(engine);
    const sparse = rowKey("sparse", Uint8Array.of(1));
    engine.stage(mintOf("x", { row: sparse, n: 5 }));
    engine.commit();
    expect(rootsOf(engine)).toEqual(before);
    const isSparse = (row: Uint8Array): boolean => String(row) === String(sparse);
    expect(rootsOf(engine, 5)).toEqual(rootsOfRows(engine, isSparse));
    expect(rootsOf(engine, 5)).not.toEqual(rootsOf(engine, 4));
  });

  test("do not change when a version expires: it is a tombstone with the same dot", () => {
    const { engine, time } = filled();
    put(engine, "soon gone", { expiresAtMs: time.nowMs() + 1_000 });
    const before = rootsOf(engine);
    time.advance(100_000);
    engine.scrub(1000);
    expect(rootsOf(engine)).toEqual(before);
    expect(engine.stats()).toMatchObject({ correctedPartitions: 0 });
  });

  test("of a row whose bucket lost its N to another definition move to the tree of the new one", () => {
    const { engine } = filled();
    const { versions } = put(engine, "x");
    const bucket = { n: 5, mode: "siblings" } as const;
    engine.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions });
    engine.commit();
    const isRow = (row: Uint8Array): boolean => String(row) === String(ROW);
    expect(rootsOf(engine, 5)).toEqual(rootsOfRows(engine, isRow));
    expect(rootsOf(engine, 3)).toEqual(rootsOfRows(engine, (row) => !isRow(row)));
  });
});

describe("a damaged entry of leaves", () => {
  test("is as good as none", () => {
    const opened = filled();
    const key = Uint8Array.from(`leaves/${ofRow}`, (c) => c.charCodeAt(0));
    put(opened.engine, "x");
    opened.engine.close();
    opened.store.reopen().flipBit("meta", key, 77);
    const { engine } = restart(opened);
    expect(rootsOf(engine)[ofRow]).toBeUndefined();
    readAll(engine);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
  });
});
