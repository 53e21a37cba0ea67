import { describe, expect, test } from "vitest";
import { ahead, merge, mintOf, put, ROW, readRow, start, values } from "../test/fixture.ts";
import type { ShardEngine } from "./shard-engine.ts";

function expectRefusal(engine: ShardEngine, ...command: Parameters<typeof mintOf>) {
  const staged = engine.stage(mintOf(...command));
  engine.commit();
  return expect(staged.type === "refused" ? staged.reason : staged.type);
}

describe("a last write wins by stamps", () => {
  const lww = { mode: "lww" } as const;

  test("a put is stamped above the local row, though this node's clock is behind", () => {
    const slow = start();
    const fast = start({ self: "b" });
    fast.time.jumpWallMs(5_000);
    const theirs = put(fast.engine, "theirs", lww);
    merge(slow.engine, theirs.versions, ROW, "lww");
    const ours = put(slow.engine, "ours", lww);
    expect(ours.stamp.wallMs).toBeGreaterThanOrEqual(theirs.stamp.wallMs);
    expect(values(ours.versions)).toEqual(["ours"]);
    expect(values(put(fast.engine, "last", lww).versions)).toEqual(["last"]);
  });

  test("a put is stamped above the request's context, so one client's later write wins through any node", () => {
    const fast = start({ self: "b" });
    fast.time.jumpWallMs(5_000);
    const { engine } = start();
    const first = put(fast.engine, "first", lww);
    const second = put(engine, "second", {
      ...lww,
      context: first.context,
      contextStamp: first.stamp,
    });
    const staged = merge(fast.engine, second.versions, ROW, "lww");
    expect(staged.type === "merged" && values(staged.versions)).toEqual(["second"]);
  });

  test("a stamp too far ahead of this node's clock is refused at minting", () => {
    const { engine, time } = start({ maxDriftMs: 1_000 });
    const now = { wallMs: time.nowMs(), logical: 0 };
    expectRefusal(engine, "x", { ...lww, contextStamp: ahead(now, 1_001) }).toBe("drift");
    expectRefusal(engine, "x", { ...lww, contextStamp: ahead(now, 900) }).toBe("minted");
  });

  test("a merge with a stamp from far ahead is taken, and does not drag this node's clock along", () => {
    const { engine, time } = start();
    const astray = start({ self: "b" });
    astray.time.jumpWallMs(86_400_000);
    merge(engine, put(astray.engine, "from tomorrow", lww).versions, ROW, "lww");
    expect(values(readRow(engine).versions)).toEqual(["from tomorrow"]);
    expectRefusal(engine, "today", lww).toBe("drift");
    const elsewhere = put(engine, "x", {
      ...lww,
      row: Uint8Array.from(ROW.with(ROW.length - 1, 7)),
    });
    expect(elsewhere.stamp.wallMs).toBe(time.nowMs());
  });

  test("siblings are stamped too, above what was merged, and no drift refuses them", () => {
    const astray = start({ self: "b" });
    astray.time.jumpWallMs(86_400_000);
    const { engine } = start();
    const first = put(engine, "1");
    merge(engine, put(astray.engine, "from tomorrow").versions);
    expect(put(engine, "2").stamp.logical).toBe(first.stamp.logical + 1);
  });
});
