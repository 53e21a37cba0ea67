import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { describe, expect, test } from "vitest";
import { merge, put, ROW, readRow, ringOf, values } from "../../test/fixture.ts";
import { readAll, rootsOf, rootsOfRows } from "../../test/leaves.ts";
import { MemoryStore } from "../memory-store.ts";
import { ShardEngine } from "../shard-engine.ts";
import { CachedStore } from "./cached-store.ts";

/** An engine that remembers its rows, with one row on its disk, all of it counted. */
function remembering() {
  const disk = new MemoryStore();
  const engine = ShardEngine.open(new CachedStore(disk, 1 << 16), {
    shard: 0,
    shards: 1,
    clock: new VirtualTime(),
    random: new SeededRandom(1),
  });
  engine.stage({ type: "installRing", self: "a", record: ringOf(1, ["a", "b", "c"]) });
  engine.commit();
  readAll(engine);
  const copy = put(engine, "1");
  return { disk, engine, copy };
}

describe("where rows are remembered", () => {
  test("one that is found damaged on the disk is damaged for all, and healed by a merge", () => {
    const { disk, engine, copy } = remembering();
    disk.flipBit("rows", ROW, 8 * 40);
    for (let step = 0; step < 20; step++) engine.scrub(10);
    expect(readRow(engine)).toMatchObject({ versions: undefined, recovering: true });
    expect(merge(engine, copy.versions)).toMatchObject({ recovering: true });
    readAll(engine);
    expect(values(readRow(engine).versions)).toEqual(["1"]);
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
  });

  test("one that the disk has lost is lost for all, and comes back by a merge", () => {
    const { disk, engine, copy } = remembering();
    const behindItsBack = disk.begin();
    behindItsBack.delete("rows", ROW);
    behindItsBack.commit();
    for (let step = 0; step < 20; step++) engine.scrub(10);
    expect(engine.stats()).toMatchObject({ rows: 0, correctedPartitions: 1 });
    expect(readRow(engine).versions).toBeUndefined();
    merge(engine, copy.versions);
    expect(disk.snapshot().spaces.rows.get(ROW)).toBeDefined();
    expect(rootsOf(engine)).toEqual(rootsOfRows(engine));
  });
});
