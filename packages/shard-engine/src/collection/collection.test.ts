import { causalityOf, decodeCausality, FIRST_ERA } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import {
  BUCKET,
  candidates,
  collect,
  count,
  deleted,
  PARTITION,
  ROUND,
  sweep,
  write,
} from "../../test/collection-fixture.ts";
import {
  encodedClock,
  merge,
  mint,
  mintOf,
  type Opened,
  put,
  ROW,
  readRow,
  restart,
  start,
} from "../../test/fixture.ts";
import type { ShardEngine } from "../shard-engine.ts";

describe("a shard in a collection round", () => {
  test("offers what is deleted and nothing that lives", () => {
    const { engine } = start();
    put(engine, "milk");
    expect(candidates(engine)).toEqual([]);
    const { context } = put(engine, "bread");
    put(engine, "", { tombstone: true, context });
    expect(candidates(engine)).toEqual([]);
    const seen = decodeCausality(causalityOf(readRow(engine).versions!)).context;
    expect(seen.isEmpty).toBe(false);
  });

  test("deletes what has not changed since the vote, and its leaf with it", () => {
    const { engine } = start();
    count(engine);
    deleted(engine);
    const rows = candidates(engine);
    expect(sweep(engine)).toEqual({ type: "accepted" });
    expect(engine.stats().rows).toBe(1);
    expect(collect(engine, rows)).toEqual({ type: "collected", deleted: 1, folded: 0, kept: 0 });
    expect(readRow(engine).versions).toBe(undefined);
    expect(engine.stats()).toMatchObject({ rows: 0, eras: [[PARTITION, 1, 1]] });
  });

  test("keeps a row that was written between the vote and the end", () => {
    const { engine } = start();
    deleted(engine);
    const rows = candidates(engine);
    sweep(engine);
    put(engine, "again");
    expect(collect(engine, rows)).toMatchObject({ deleted: 0, kept: 1 });
  });

  test("ends only the round whose sweep it has answered", () => {
    const { engine } = start();
    deleted(engine);
    const rows = candidates(engine);
    expect(collect(engine, rows)).toMatchObject({ type: "refused", reason: "collected" });
    sweep(engine);
    sweep(engine, 2, "00000000000000bb");
    expect(collect(engine, rows)).toMatchObject({ type: "refused", reason: "collected" });
    expect(sweep(engine, 2)).toMatchObject({ type: "refused", reason: "collected" });
    expect(collect(engine, rows, "00000000000000bb")).toMatchObject({ deleted: 1 });
  });

  test("is not swept while it keeps a hint of the partition, or recovers it", () => {
    const { engine } = start();
    const { versions } = put(engine, "milk");
    const hint = { epoch: 1, row: ROW, bucket: BUCKET, versions, intendedFor: "b" };
    write(engine, { type: "keepHint", ...hint });
    expect(sweep(engine)).toMatchObject({ type: "refused", reason: "hints" });
    write(engine, { type: "dropHint", row: ROW, versions });
    write(engine, { type: "setRecovering", partition: PARTITION, recovering: true });
    expect(sweep(engine)).toMatchObject({ type: "refused", reason: "recovering" });
  });

  test("is not swept by the round in which another process voted: its rows may be an older copy", () => {
    const opened = start();
    const vote = { type: "vote", epoch: 1, partition: PARTITION, rows: [] } as const;
    const voted = opened.engine.collection(vote);
    opened.engine.commit();
    const actor = voted.type === "vote" ? voted.actor : undefined;
    const { engine } = restart(opened);
    const where = { epoch: 1, partition: PARTITION, round: ROUND, swept: 1, collected: 0 };
    const swept = write(engine, { type: "sweepPartition", ...where, actor });
    expect(swept).toMatchObject({ type: "refused", reason: "recovering" });
    const now = { ...where, actor: engine.stats().actor };
    expect(write(engine, { type: "sweepPartition", ...now })).toEqual({ type: "accepted" });
  });

  test("takes no hint that is older than its last sweep: it would go home as a younger one", () => {
    const { engine } = start();
    const { versions } = put(engine, "milk");
    sweep(engine);
    const hint = { epoch: 1, row: ROW, bucket: BUCKET, versions, intendedFor: "b" } as const;
    expect(write(engine, { type: "keepHint", ...hint })).toMatchObject({ reason: "collected" });
    const era = { swept: 1, collected: 0 };
    expect(write(engine, { type: "keepHint", ...hint, era })).toEqual({ type: "accepted" });
    engine.stage({ type: "putMeta", key: "x", value: undefined });
    engine.commit();
    const kept = engine.hints({ from: undefined, limit: 1 });
    expect(kept.type === "hints" && kept.hints[0]?.era).toEqual(era);
  });

  test("refuses after a collection what was read before its sweep, in the same transaction too", () => {
    const { engine } = start();
    const late = deleted(engine);
    const rows = candidates(engine);
    sweep(engine);
    expect(merge(engine, late)).toMatchObject({ type: "merged" });
    const where = { epoch: 1, partition: PARTITION };
    engine.stage({ type: "collectRows", ...where, round: ROUND, rows });
    const copy = { type: "merge", epoch: 1, row: ROW, bucket: BUCKET, versions: late } as const;
    expect(engine.stage(copy)).toMatchObject({ type: "refused", reason: "collected" });
    engine.commit();
    expect(readRow(engine).versions).toBe(undefined);
    expect(engine.stage({ ...copy, era: FIRST_ERA })).toMatchObject({ reason: "collected" });
    expect(engine.stage(mintOf("late", { era: FIRST_ERA }))).toMatchObject({ reason: "collected" });
    const era = { swept: 1, collected: 1 };
    expect(engine.stage({ ...copy, era })).toMatchObject({ type: "merged" });
    engine.commit();
  });

  test("mints and answers under the era that it has", () => {
    const { engine } = start();
    expect(put(engine, "milk").era).toBe(undefined);
    sweep(engine);
    const era = { swept: 1, collected: 0 };
    expect(mint(engine, "bread", { era }).era).toEqual(era);
    engine.commit();
    expect(readRow(engine).era).toMatchObject(era);
  });

  test("knows its eras after a restart, and loses those of a failed commit", () => {
    const opened: Opened = start();
    deleted(opened.engine);
    const rows = candidates(opened.engine);
    sweep(opened.engine);
    opened.store.failNextCommit("io");
    collect(opened.engine, rows);
    expect(opened.engine.stats().eras).toEqual([[PARTITION, 1, 0]]);
    const again = restart(opened);
    expect(again.engine.stats().eras).toEqual([[PARTITION, 1, 0]]);
    expect(collect(again.engine, rows)).toMatchObject({ deleted: 1 });
    expect(restart(again).engine.stats().eras).toEqual([[PARTITION, 1, 1]]);
  });

  test("that has missed a collection throws its rows and hints away before it takes anything", () => {
    const { engine } = start();
    count(engine);
    const { versions } = put(engine, "old");
    const hint = { epoch: 1, row: ROW, bucket: BUCKET, versions, intendedFor: "b" };
    write(engine, { type: "keepHint", ...hint });
    const other = start({ self: "b" });
    const fresh = put(other.engine, "new").versions;
    const era = { swept: 3, collected: 3 };
    const copy = { type: "merge", epoch: 1, row: ROW, bucket: BUCKET, versions: fresh } as const;
    expect(write(engine, { ...copy, era })).toMatchObject({
      type: "merged",
      recovering: true,
      era,
    });
    expect(readRow(engine)).toMatchObject({ versions: fresh, recovering: true });
    expect(engine.stats()).toMatchObject({ hints: 0, rows: 1, eras: [[PARTITION, 3, 3]] });
    expect(
      write(engine, { type: "adoptEra", partition: PARTITION, swept: 3, collected: 3 }),
    ).toEqual({
      type: "accepted",
    });
    expect(readRow(engine).versions).toEqual(fresh);
  });

  test("tells when the next version expires", () => {
    const { engine, time } = start();
    put(engine, "milk", { expiresAtMs: time.nowMs() + 5_000 });
    const where = { epoch: 1, partition: PARTITION, from: undefined, limit: 100 };
    const question = { type: "candidates", ...where, living: undefined } as const;
    expect(engine.collection(question)).toMatchObject({ rows: [], expiryMs: time.nowMs() + 5_000 });
  });

  test("forgets what is gone of actors that mint no more, and keeps what lives", () => {
    let opened = start();
    let context = put(opened.engine, "0").context;
    for (let i = 1; i <= 12; i++) {
      opened = restart(opened);
      context = put(opened.engine, `${i}`, { context }).context;
    }
    const { engine } = opened;
    const before = readRow(engine).versions!;
    expect(decodeCausality(causalityOf(before)).context.entries.length).toBe(13);
    const rows = candidates(engine, [engine.stats().actor!]);
    expect(rows).toHaveLength(1);
    sweep(engine);
    expect(collect(engine, rows)).toMatchObject({ deleted: 0, folded: 1, kept: 0 });
    const after = readRow(engine).versions!;
    const folded = decodeCausality(causalityOf(after));
    expect(folded.context.entries.length).toBe(1);
    expect(folded.dots).toEqual(decodeCausality(causalityOf(before)).dots);
    const era = { swept: 1, collected: 1 };
    put(engine, "13", { context, era });
    expect(readRow(engine).versions).not.toEqual(after);
  });

  test("keeps a hot key's clock short over 1,000 restarts of the process that writes it", {
    timeout: 60_000,
  }, () => {
    let opened = start();
    let context = put(opened.engine, "0").context;
    let longest = 0;
    for (let i = 1; i <= 1_000; i++) {
      opened = restart(opened);
      const { engine } = opened;
      const era = { swept: 1_000, collected: 0 };
      context = put(engine, `${i}`, {
        context: i % 2 === 0 ? context : new Uint8Array(),
        era,
      }).context;
      if (i % 20 === 0) {
        put(engine, "all", { context: contextOf(engine), era });
        const rows = candidates(engine, [engine.stats().actor!]);
        sweep(engine, i, i.toString(16).padStart(16, "0"), i - 20);
        collect(engine, rows, i.toString(16).padStart(16, "0"));
        context = contextOf(engine);
      }
      longest = Math.max(longest, runsOf(engine));
    }
    expect(longest).toBeLessThan(30);
    expect(runsOf(opened.engine)).toBeLessThan(3);
  });
});

function contextOf(engine: ShardEngine): Uint8Array {
  return encodedClock(decodeCausality(causalityOf(readRow(engine).versions!)).context);
}

function runsOf(engine: ShardEngine): number {
  return decodeCausality(causalityOf(readRow(engine).versions!)).context.intervals().length;
}
