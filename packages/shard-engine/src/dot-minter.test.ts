import { describe, expect, test } from "vitest";
import {
  clockOf,
  merge,
  mint,
  put,
  ROW,
  restart,
  runs,
  setOf,
  start,
  values,
} from "../test/fixture.ts";
import { rowKey } from "./row-key.ts";
import type { ShardEngine } from "./shard-engine.ts";

let others = 0;

/** Puts another row, so that the next dot of the row under test leaves a gap. */
function putElsewhere(engine: ShardEngine): void {
  put(engine, "elsewhere", { row: rowKey("others", Uint8Array.from(`${others++}`)) });
}

/** How many runs of the newest actor the row's context has after a put that leaves a gap. */
function runsAfterGap(engine: ShardEngine): number {
  putElsewhere(engine);
  const { versions, dot } = put(engine, "after the gap");
  return setOf(versions).context.intervals(dot.actor).length;
}

describe("an interval is extended over a gap only while the row has held its actor's latest dot", () => {
  test("one put after another: one run", () => {
    const { engine } = start();
    put(engine, "1");
    expect(runsAfterGap(engine)).toBe(1);
  });

  test("after a failed commit a new run: the lost dot may live on elsewhere (trap 2)", () => {
    const { engine, store } = start();
    put(engine, "1");
    store.failNextCommit("io");
    const lost = mint(engine, "sent to the others, never committed here");
    engine.commit();
    const next = put(engine, "2");
    const { context } = setOf(next.versions);
    expect(context.contains(lost.dot)).toBe(false);
    expect(clockOf(next.context).contains(lost.dot)).toBe(false);
    expect(context.intervals(next.dot.actor)).toHaveLength(2);
    expect(values((merge(engine, lost.versions) as typeof lost).versions)).toEqual([
      "1",
      "2",
      "sent to the others, never committed here",
    ]);
  });

  test("a failed commit voids the rows that were not in it too, and they are owned again by the next put", () => {
    const { engine, store } = start();
    put(engine, "1");
    store.failNextCommit("io");
    putElsewhere(engine);
    expect(runsAfterGap(engine)).toBe(2);
    expect(runsAfterGap(engine)).toBe(2);
  });

  test("after a restart a new actor", () => {
    const opened = start();
    put(opened.engine, "1");
    const { versions, dot } = put(restart(opened).engine, "2");
    expect(setOf(versions).context.entries).toHaveLength(2);
    expect(dot.counter).toBe(1);
  });

  test("after the row was dropped and came back from another replica a new run", () => {
    const { engine, store } = start();
    const copy = put(engine, "1");
    const lost = put(engine, "2, dropped before anybody had it");
    const drop = store.begin();
    drop.delete("rows", ROW);
    drop.commit();
    merge(engine, copy.versions);
    const next = put(engine, "3");
    expect(setOf(next.versions).context.contains(lost.dot)).toBe(false);
    expect(values(next.versions)).toEqual(["1", "3"]);
  });

  test("a merge does not end it", () => {
    const { engine } = start();
    put(engine, "1");
    merge(engine, put(start({ self: "b" }).engine, "theirs").versions);
    expect(runsAfterGap(engine)).toBe(1);
  });

  test("what a merge brings is never owned, even of this very actor", () => {
    const one = start();
    const { versions } = put(one.engine, "1");
    const other = start({ self: "b" });
    merge(other.engine, versions);
    expect(runs(setOf(put(other.engine, "2").versions).context)).toHaveLength(2);
  });
});
