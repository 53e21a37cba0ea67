import { describe, expect, test } from "vitest";
import { merge, put, ROW, readRow, restart, ringOf, start, values } from "../test/fixture.ts";
import { partitionOfRow } from "./row-key.ts";

describe("what a shard knows of itself", () => {
  test("a store that was written as another shard is refused", () => {
    const { store } = start({ shards: 2 });
    expect(() => start({ store: store.reopen() })).toThrow(
      "the store is shard 0 of 2; it cannot be opened as 0 of 1",
    );
  });

  test("a damaged ring record is refused at the start, not guessed at", () => {
    const { store } = start();
    store.flipBit(
      "meta",
      Uint8Array.from("ring", (c) => c.charCodeAt(0)),
      100,
    );
    expect(() => start({ store: store.reopen() })).toThrow(/damaged \("ring"\)/);
  });

  test("meta data is listed by prefix, survives a restart and can be deleted", () => {
    const opened = start();
    const { engine } = opened;
    engine.stage({ type: "putMeta", key: "bucket/a", value: Uint8Array.of(1) });
    engine.stage({ type: "putMeta", key: "bucket/b", value: Uint8Array.of(2) });
    engine.stage({ type: "putMeta", key: "birth", value: Uint8Array.of(3) });
    engine.commit();
    engine.stage({ type: "putMeta", key: "bucket/a", value: undefined });
    engine.commit();
    const again = restart(opened).engine;
    expect(again.meta("bucket/")).toEqual({
      type: "meta",
      entries: [{ key: "bucket/b", value: Uint8Array.of(2) }],
    });
    expect(again.meta("")).toMatchObject({ entries: [{ key: "birth" }, { key: "bucket/b" }] });
  });
});

describe("recovering partitions", () => {
  test("are durable, go on taking writes, and say so in every reply", () => {
    const opened = start();
    const partition = partitionOfRow(ROW, 16);
    opened.engine.stage({ type: "setRecovering", partition, recovering: true });
    opened.engine.commit();
    opened.store.crash();
    const { engine } = restart(opened);
    expect(engine.stats().recoveringPartitions).toEqual([partition]);
    const minted = put(engine, "x");
    expect(minted.recovering).toBe(true);
    expect(merge(engine, minted.versions)).toMatchObject({ type: "merged", recovering: true });
    expect(readRow(engine)).toMatchObject({ recovering: true });
    expect(values(readRow(engine).versions)).toEqual(["x"]);
    const scan = engine.scan({ epoch: 1, partition, from: undefined, limit: 9, want: "versions" });
    expect(scan).toMatchObject({ recovering: true });
    engine.commit();
    engine.stage({ type: "setRecovering", partition, recovering: false });
    engine.commit();
    expect(readRow(engine).recovering).toBe(false);
  });

  test("all of them fall apart into single ones as they recover", () => {
    const opened = start({ ring: null, shard: 1, shards: 4 });
    opened.engine.stage({ type: "setRecovering", partition: "all", recovering: true });
    opened.engine.stage({ type: "installRing", self: "a", record: ringOf(1, ["a", "b", "c"]) });
    opened.engine.commit();
    expect(opened.engine.stats().recoveringPartitions).toEqual([1, 5, 9, 13]);
    opened.engine.stage({ type: "setRecovering", partition: 5, recovering: false });
    opened.engine.commit();
    const { engine } = restart(opened, { shard: 1, shards: 4 });
    expect(engine.stats().recoveringPartitions).toEqual([1, 9, 13]);
    engine.stage({ type: "setRecovering", partition: "all", recovering: false });
    engine.commit();
    expect(restart(opened, { shard: 1, shards: 4 }).engine.stats().recoveringPartitions).toEqual(
      [],
    );
  });

  test("do not change when the commit fails", () => {
    const { engine, store } = start();
    store.failNextCommit("io");
    engine.stage({ type: "setRecovering", partition: "all", recovering: true });
    engine.commit();
    expect(engine.stats().recoveringPartitions).toEqual([]);
  });

  test("are not taken for recovered when they were marked again since the recovery began", () => {
    const { engine } = start();
    const set = (recovering: boolean, mark?: number) => {
      const command = { type: "setRecovering", partition: 5, recovering } as const;
      const staged = engine.stage(mark === undefined ? command : { ...command, mark });
      engine.commit();
      return staged;
    };
    set(true);
    const { recoveryMark: begun } = engine.stats();
    set(true);
    expect(set(false, begun)).toMatchObject({ type: "refused", reason: "invalid" });
    expect(engine.stats().recoveringPartitions).toEqual([5]);
    expect(set(false, engine.stats().recoveryMark)).toEqual({ type: "accepted" });
    expect(engine.stats().recoveringPartitions).toEqual([]);
  });

  test("damage that is written over in the very batch that would end a recovery is not forgotten", () => {
    const { engine, store } = start();
    const partition = partitionOfRow(ROW, 16);
    const { versions } = put(engine, "x");
    engine.stage({ type: "setRecovering", partition, recovering: true });
    engine.commit();
    const { recoveryMark: mark } = engine.stats();
    store.flipBit("rows", ROW, 8 * 30);
    const bucket = { n: 3, mode: "siblings" } as const;
    engine.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions });
    engine.stage({ type: "setRecovering", partition, recovering: false, mark });
    engine.commit();
    expect(engine.stats().recoveringPartitions).toEqual([partition]);
  });
});
