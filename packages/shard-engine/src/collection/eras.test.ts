import { decodeVersions, FIRST_ERA } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import { BUCKET, deleted, PARTITION, sweep, write } from "../../test/collection-fixture.ts";
import { put, ROW, readRow, start } from "../../test/fixture.ts";
import type { ShardEngine } from "../shard-engine.ts";

describe("a shard that hears how far others are", () => {
  test("counts as swept with the others where it holds nothing, and only there", () => {
    const news = { type: "adoptEra", partition: PARTITION, swept: 4, collected: 0 } as const;
    const empty = start().engine;
    write(empty, news);
    expect(empty.stats().eras).toEqual([[PARTITION, 4, 0]]);
    const { engine } = start();
    put(engine, "milk");
    write(engine, news);
    expect(engine.stats().eras).toEqual([]);
    expect(readRow(engine).versions).toBeDefined();
  });

  test("takes nothing older than a collection of which it is told, where it only heard of the sweep", () => {
    const other = start({ self: "b" });
    const old = put(other.engine, "old").versions;
    const copy = { type: "merge", epoch: 1, row: ROW, bucket: BUCKET } as const;
    const stale = { ...copy, versions: old, era: { swept: 1, collected: 1 } };
    const hearing = (swept: number, collected: number): ShardEngine => {
      const { engine } = start();
      write(engine, { type: "adoptEra", partition: PARTITION, swept, collected });
      return engine;
    };

    const byNews = hearing(4, 0);
    write(byNews, { type: "adoptEra", partition: PARTITION, swept: 4, collected: 4 });
    expect(byNews.stats().eras).toEqual([[PARTITION, 4, 4]]);
    expect(write(byNews, stale)).toMatchObject({ reason: "collected" });

    const byMerge = hearing(4, 0);
    const fresh = put(other.engine, "new").versions;
    const era = { swept: 4, collected: 4 };
    const taken = write(byMerge, { ...copy, versions: fresh, era });
    expect(taken).toMatchObject({ type: "merged", recovering: false });
    expect(write(byMerge, stale)).toMatchObject({ reason: "collected" });
    expect(readRow(byMerge).versions).toEqual(fresh);

    const further = hearing(2, 0);
    write(further, { type: "adoptEra", partition: PARTITION, swept: 4, collected: 2 });
    expect(further.stats().eras).toEqual([[PARTITION, 4, 2]]);
  });

  test("has what others deleted as a tombstone, where it answered the sweep itself", () => {
    const { engine } = start();
    const late = deleted(engine);
    sweep(engine, 4);
    const other = start({ self: "b" });
    const { versions } = put(other.engine, "new");
    const copy = { type: "merge", epoch: 1, row: ROW, bucket: BUCKET } as const;
    write(engine, { ...copy, versions, era: { swept: 4, collected: 4 } });
    expect(engine.stats().eras).toEqual([[PARTITION, 4, 0]]);
    write(engine, { ...copy, versions: late, era: FIRST_ERA });
    const values = decodeVersions(readRow(engine).versions!).siblings.map(({ value }) => value);
    expect(values.map((value) => new TextDecoder().decode(value)).sort()).toEqual(["", "new"]);
  });
});
