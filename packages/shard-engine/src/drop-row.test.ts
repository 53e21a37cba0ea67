import { describe, expect, test } from "vitest";
import { mintOf, ROW, readRow, ringOf, start, values } from "../test/fixture.ts";
import { decodeRingRecord } from "./ring-record.ts";
import { RingView } from "./ring-view.ts";
import { partitionOfRow } from "./row-key.ts";

const drop = (epoch: number, regained = false, n = 3) =>
  ({ type: "dropRow", epoch, row: ROW, n, regained }) as const;

describe("a leftover of a ring change", () => {
  test("is dropped with all that counts it", () => {
    const { engine } = start();
    engine.stage(mintOf("x"));
    engine.stage({ type: "installRing", self: "a", record: ringOf(2, ["b", "c", "d"]) });
    engine.commit();
    while (!engine.stats().counted) engine.scrub(100);
    expect(engine.stats()).toMatchObject({ rows: 1 });
    expect(engine.stage(drop(2))).toEqual({ type: "accepted" });
    engine.commit();
    expect(engine.stats()).toMatchObject({ rows: 0, rowBytes: 0 });
    const scan = { epoch: 2, from: undefined, limit: 10, want: "causality" } as const;
    for (let partition = 0; partition < 16; partition++) {
      expect(engine.scan({ ...scan, partition })).toMatchObject({ rows: [] });
    }
    engine.commit();
    expect(engine.stage(drop(2))).toEqual({ type: "accepted" });
  });

  test("stays where this node owns it, or owns it again, and when the rings differ [§9, rule 4]", () => {
    const { engine } = start();
    engine.stage(mintOf("x"));
    engine.commit();
    expect(engine.stage(drop(1))).toMatchObject({ type: "refused", reason: "invalid" });
    engine.stage({ type: "installRing", self: "a", record: ringOf(2, ["b", "c", "d"]) });
    engine.commit();
    expect(engine.stage(drop(1))).toMatchObject({ type: "refused", reason: "epoch" });
    engine.stage({ type: "installRing", self: "a", record: ringOf(3, ["a", "b", "c"]) });
    engine.commit();
    expect(engine.stage(drop(2))).toMatchObject({ type: "refused", reason: "epoch" });
    expect(engine.stage(drop(3))).toMatchObject({ type: "refused", reason: "invalid" });
    engine.commit();
    expect(values(readRow(engine).versions)).toEqual(["x"]);
  });

  test.each([1, 2, 3, 4])("is judged by the N that its bucket has now, be it %s", (n) => {
    const { engine } = start();
    engine.stage(mintOf("x"));
    const record = ringOf(2, ["a", "b", "c", "d"]);
    engine.stage({ type: "installRing", self: "a", record });
    engine.commit();
    const view = new RingView(decodeRingRecord(record));
    const owns = view.owns("a", partitionOfRow(ROW, 16), n);
    expect(engine.stage(drop(2, false, n)).type).toBe(owns ? "refused" : "accepted");
    engine.commit();
  });

  test("goes where the node owns it still, and is to gain it anew under a ring that it has not installed", () => {
    const { engine } = start();
    engine.stage(mintOf("x"));
    engine.commit();
    expect(engine.stage(drop(1, true))).toEqual({ type: "accepted" });
    engine.commit();
    expect(readRow(engine).versions).toBeUndefined();
  });
});
