import { compareBytes } from "@coterie/core";
import { describe, expect, test } from "vitest";
import { mint, put, restart, ringOf, start } from "../test/fixture.ts";
import { partitionOfRow, rowKey } from "./row-key.ts";

describe("scanning", () => {
  test("slices follow one another through a partition and nothing else, in key order", () => {
    const { engine } = start({ ring: ringOf(1, ["a"], 2) });
    const rows = Array.from({ length: 200 }, (_, i) => rowKey("carts", Uint8Array.of(i)));
    for (const row of rows) mint(engine, "x", { row });
    engine.commit();
    const seen: Uint8Array[] = [];
    let slices = 0;
    for (let from: Uint8Array | undefined, more = true; more; slices++) {
      const slice = engine.scan({ epoch: 1, partition: 1, from, limit: 10, want: "causality" });
      if (slice.type !== "rows") throw new Error(slice.detail);
      seen.push(...slice.rows.map(({ row }) => row));
      from = slice.next;
      more = from !== undefined;
    }
    const expected = rows.filter((row) => partitionOfRow(row, 2) === 1);
    expect(slices).toBeGreaterThanOrEqual(Math.floor(expected.length / 10));
    expect(seen.map(String)).toEqual(expected.sort(compareBytes).map(String));
  });

  test("rows are counted in the background, with what is written meanwhile", () => {
    const opened = start();
    const row = (i: number): Uint8Array => rowKey("carts", Uint8Array.of(i));
    for (let i = 0; i < 50; i++) mint(opened.engine, "x", { row: row(i) });
    opened.engine.commit();
    const { engine } = restart(opened);
    expect(engine.stats()).toMatchObject({ rows: 0, counted: false });
    for (let i = 40; i < 60; i++) {
      engine.scrub(7);
      put(engine, "longer than before", { row: row(i) });
    }
    expect(engine.stats()).toMatchObject({ rows: 60, counted: true });
    const bytes = engine.stats().rowBytes;
    const recount = restart(opened).engine;
    recount.scrub(1000);
    expect(recount.stats()).toMatchObject({ rows: 60, rowBytes: bytes });
  });

  test("a failed batch is not counted", () => {
    const { engine, store } = start();
    engine.scrub(10);
    put(engine, "x");
    store.failNextCommit("io");
    mint(engine, "y", { row: rowKey("carts", Uint8Array.of(2)) });
    engine.commit();
    expect(engine.stats()).toMatchObject({ rows: 1, counted: true });
  });
});
