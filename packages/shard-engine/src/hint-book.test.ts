import { describe, expect, test } from "vitest";
import { put, ROW, restart, start, values } from "../test/fixture.ts";
import type { KeptHint, Staged } from "./commands.ts";
import { rowKey } from "./row-key.ts";
import type { ShardEngine } from "./shard-engine.ts";

const BUCKET = { n: 3, mode: "siblings" } as const;

function keep(engine: ShardEngine, versions: Uint8Array, row = ROW, epoch = 1): Staged {
  const staged = engine.stage({
    type: "keepHint",
    epoch,
    row,
    bucket: BUCKET,
    versions,
    intendedFor: "b",
  });
  engine.commit();
  return staged;
}

function drop(engine: ShardEngine, { row, versions }: KeptHint): void {
  engine.stage({ type: "dropHint", row, versions });
  engine.commit();
}

function hintsOf(engine: ShardEngine, limit = 100): readonly KeptHint[] {
  const result = engine.hints({ from: undefined, limit });
  engine.commit();
  if (result.type === "refused") throw new Error(result.detail);
  return result.hints;
}

/** Versions that some other replica minted. */
function versionsOf(text: string): Uint8Array {
  return put(start().engine, text).versions;
}

describe("hints [design §8]", () => {
  test("a fallback keeps what it does not own, and shows it to sloppy reads alone", () => {
    const { engine } = start({ self: "stranger" });
    expect(keep(engine, versionsOf("milk"))).toEqual({ type: "accepted" });
    const asked = { epoch: 1, row: ROW, bucket: BUCKET, want: "versions" } as const;
    expect(engine.read(asked)).toMatchObject({ type: "refused", reason: "notOwner" });
    const read = engine.read({ ...asked, standIn: true });
    expect(read.type === "row" && values(read.versions!)).toEqual(["milk"]);
  });

  test("hints of one row merge, and keep both siblings", () => {
    const { engine } = start();
    keep(engine, versionsOf("milk"));
    keep(engine, versionsOf("eggs"));
    const hints = hintsOf(engine);
    expect(hints).toHaveLength(1);
    expect([...values(hints[0]!.versions)].sort()).toEqual(["eggs", "milk"]);
  });

  test("a hint survives a crash after its commit", () => {
    const opened = start();
    keep(opened.engine, versionsOf("milk"));
    expect(hintsOf(restart(opened).engine)).toHaveLength(1);
  });

  test("a delivered hint goes, and its room with it", () => {
    const { engine } = start();
    keep(engine, versionsOf("milk"));
    drop(engine, hintsOf(engine)[0]!);
    expect(hintsOf(engine)).toEqual([]);
    expect(engine.stats()).toMatchObject({ hints: 0, hintBytes: 0 });
  });

  test("a hint that has grown since it was read stays", () => {
    const { engine } = start();
    keep(engine, versionsOf("milk"));
    const [seen] = hintsOf(engine);
    keep(engine, versionsOf("eggs"));
    drop(engine, seen!);
    expect(hintsOf(engine)).toHaveLength(1);
  });

  test("hints beyond their room are refused with a sentence, and those that are there stay", () => {
    const { engine } = start({ hintBytesMax: 150 });
    keep(engine, versionsOf("milk"));
    const other = rowKey("carts", Uint8Array.of(2));
    expect(keep(engine, versionsOf("eggs"), other)).toMatchObject({
      type: "refused",
      reason: "overloaded",
    });
    expect(hintsOf(engine)).toHaveLength(1);
  });

  test("room is counted again at the next start", () => {
    const opened = start();
    keep(opened.engine, versionsOf("milk"));
    const { hints, hintBytes } = opened.engine.stats();
    expect(restart(opened).engine.stats()).toMatchObject({ hints, hintBytes });
    expect(hints).toBe(1);
  });

  test("a failed commit leaves neither the hint nor its room", () => {
    const { engine, store } = start();
    store.failNextCommit("io");
    keep(engine, versionsOf("milk"));
    expect(hintsOf(engine)).toEqual([]);
    expect(engine.stats().hintBytes).toBe(0);
  });

  test("the epoch is compared in the transaction, for hints as for rows", () => {
    const { engine } = start();
    expect(keep(engine, versionsOf("milk"), ROW, 2)).toMatchObject({ reason: "epoch" });
  });

  test("slices go through all hints", () => {
    const { engine } = start();
    for (let i = 0; i < 10; i++) keep(engine, versionsOf("v"), rowKey("carts", Uint8Array.of(i)));
    const rows: Uint8Array[] = [];
    let from: Uint8Array | undefined;
    do {
      const slice = engine.hints({ from, limit: 3 });
      if (slice.type === "refused") throw new Error(slice.detail);
      rows.push(...slice.hints.map(({ row }) => row));
      from = slice.next;
    } while (from !== undefined);
    expect(new Set(rows.map(String)).size).toBe(10);
  });
});
