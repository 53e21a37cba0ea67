import { describe, expect, test } from "vitest";
import {
  merge,
  mint,
  put,
  ROW,
  readRow,
  restart,
  runs,
  setOf,
  start,
  values,
} from "../test/fixture.ts";

describe("a damaged row", () => {
  const damaged = () => {
    const opened = start();
    const copy = put(opened.engine, "1");
    const later = put(opened.engine, "2", { context: copy.context });
    opened.store.flipBit("rows", ROW, 8 * 40);
    return { ...opened, copy, later };
  };

  test("counts as absent and never as complete", () => {
    const { engine } = damaged();
    expect(readRow(engine)).toMatchObject({ versions: undefined, recovering: true });
    expect(engine.stats().suspectRows).toBe(1);
  });

  test("is left out of scans, which say so", () => {
    const { engine } = start({ store: damaged().store.reopen() });
    const partitions = Array.from({ length: 16 }, (_, partition) =>
      engine.scan({ epoch: 1, partition, from: undefined, limit: 9, want: "versions" }),
    );
    expect(partitions.filter((slice) => slice.type === "rows" && slice.recovering)).toMatchObject([
      { rows: [], suspects: 1 },
    ]);
  });

  test("is found by the scrub", () => {
    const { engine } = start({ store: damaged().store.reopen() });
    engine.scrub(10);
    expect(engine.stats()).toMatchObject({ rows: 1, suspectRows: 1, counted: true });
  });

  test("is healed by a merge, and its partition recovers before it counts again", () => {
    const opened = damaged();
    const { engine } = opened;
    readRow(engine);
    expect(merge(engine, opened.later.versions)).toMatchObject({ recovering: true });
    expect(values(readRow(engine).versions)).toEqual(["2"]);
    expect(readRow(engine).recovering).toBe(true);
    expect(engine.stats()).toMatchObject({ suspectRows: 0 });
    expect(engine.stats().recoveringPartitions).toHaveLength(1);
    expect(readRow(restart(opened).engine).recovering).toBe(true);
  });

  test("that nobody writes over can be given up: it is gone, and its partition recovers", () => {
    const opened = damaged();
    const { engine } = opened;
    readRow(engine);
    const [partition] = engine.stats().suspectPartitions;
    engine.stage({ type: "dropDamaged", partition: partition! + 1 });
    engine.commit();
    expect(engine.stats()).toMatchObject({ suspectRows: 1, recoveringPartitions: [] });
    engine.stage({ type: "dropDamaged", partition: partition! });
    engine.commit();
    engine.scrub(10);
    const left = {
      rows: 0,
      suspectRows: 0,
      suspectPartitions: [],
      recoveringPartitions: [partition],
    };
    expect(engine.stats()).toMatchObject(left);
    expect(readRow(restart(opened).engine)).toMatchObject({
      versions: undefined,
      recovering: true,
    });
  });

  test("is not given up when it was written over meanwhile, or when the commit fails", () => {
    const { engine, store } = damaged();
    readRow(engine);
    const [partition] = engine.stats().suspectPartitions;
    store.failNextCommit("io");
    engine.stage({ type: "dropDamaged", partition: partition! });
    engine.commit();
    expect(engine.stats()).toMatchObject({ suspectRows: 1, recoveringPartitions: [] });
    put(engine, "3");
    engine.stage({ type: "dropDamaged", partition: partition! });
    engine.commit();
    expect(values(readRow(engine).versions)).toEqual(["3"]);
  });

  test("takes a put, whose dot opens a run of its own", () => {
    const { engine, later, copy } = damaged();
    const next = put(engine, "3");
    expect(next.recovering).toBe(true);
    expect(runs(setOf(next.versions).context)).toHaveLength(1);
    expect(setOf(next.versions).context.contains(later.dot)).toBe(false);
    merge(engine, copy.versions);
    expect(values(readRow(engine).versions)).toEqual(["1", "3"]);
  });

  test("makes every write of the batch that writes over it say that the partition recovers", () => {
    const { engine } = damaged();
    expect(mint(engine, "3").recovering).toBe(true);
    expect(mint(engine, "4").recovering).toBe(true);
    engine.commit();
    expect(mint(engine, "5").recovering).toBe(true);
  });

  test("does not, once the batch has failed, make writes elsewhere say so", () => {
    const { engine, store } = damaged();
    store.failNextCommit("io");
    put(engine, "3");
    expect(engine.stats().recoveringPartitions).toEqual([]);
    const elsewhere = ROW.with(0, ROW[0]! ^ 1);
    expect(put(engine, "4", { row: elsewhere }).recovering).toBe(false);
  });

  test("stays suspect when the commit over it fails", () => {
    const { engine, store, later } = damaged();
    readRow(engine);
    store.failNextCommit("io");
    merge(engine, later.versions);
    expect(readRow(engine)).toMatchObject({ versions: undefined, recovering: true });
    expect(engine.stats()).toMatchObject({ suspectRows: 1, recoveringPartitions: [] });
  });

  test("is one whose value belongs to another key", () => {
    const { engine, store } = start();
    put(engine, "1");
    const other = ROW.with(ROW.length - 1, 50);
    const swap = store.begin();
    swap.put("rows", ROW.with(0, ROW[0]! ^ 1), swap.get("rows", ROW)!);
    swap.commit();
    expect(readRow(engine, ROW.with(0, ROW[0]! ^ 1)).recovering).toBe(true);
    expect(readRow(engine, other).recovering).toBe(false);
  });
});
