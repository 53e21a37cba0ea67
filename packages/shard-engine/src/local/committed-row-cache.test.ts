import { VirtualTime } from "@coterie/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mintOf, ROW, ringOf, start, values } from "../../test/fixture.ts";
import type { ReadCommand, ReadResult, WriteCommand } from "../commands.ts";
import { rowKey } from "../row-key.ts";
import { CommittedRowCache } from "./committed-row-cache.ts";
import { LocalMailbox } from "./local-mailbox.ts";

const ROWS = [0, 1, 2, 3, 4, 5].map((key) => rowKey("cached", Uint8Array.of(key)));

function open(bytesMax = 1 << 20) {
  const time = new VirtualTime();
  const { engine, store } = start({ time, ring: ringOf(1, ["a", "b", "c"], 2) });
  const shard = new LocalMailbox(engine, { timers: time, commitMs: () => 10 });
  const cache = new CommittedRowCache(shard, { bytesMax });
  const write = async (command: WriteCommand) => {
    const { staged, committed } = cache.write(command);
    await time.run(20);
    return { staged: await staged, committed: await committed };
  };
  const read = async (fields: Partial<ReadCommand> = {}): Promise<ReadResult> => {
    const reading = cache.read({
      epoch: 1,
      row: ROW,
      bucket: { n: 3, mode: "siblings" },
      want: "versions",
      ...fields,
    });
    await time.run(20);
    return reading;
  };
  const hit = async (fields: Partial<ReadCommand> = {}): Promise<boolean> => {
    const { hits } = cache;
    await read(fields);
    return cache.hits > hits;
  };
  return { time, engine, store, shard, cache, write, read, hit };
}

describe("a cache of committed rows", () => {
  test("knows a row from the commit that wrote it", async () => {
    const { write, read, cache } = open();
    await read();
    await write(mintOf("x"));
    const result = await read();
    expect(cache.hits).toBe(1);
    expect(result.type === "row" && values(result.versions)).toEqual(["x"]);
  });

  test("knows a row, or that there is none, from the read that met it", async () => {
    const { read, hit } = open();
    await read();
    expect(await hit()).toBe(true);
    expect(await read()).toEqual({ type: "row", versions: undefined, recovering: false, epoch: 1 });
  });

  test("answers for causality from the versions it has", async () => {
    const { write, read, cache, shard, time } = open();
    await read();
    await write(mintOf("x"));
    const cached = await read({ want: "causality" });
    expect(cache.hits).toBe(1);
    const bucket = { n: 3, mode: "siblings" } as const;
    const asked = shard.read({ epoch: 1, row: ROW, bucket, want: "causality" });
    await time.run(20);
    expect(cached).toEqual(await asked);
  });

  test("takes no row for another whose token differs in its last bit alone", async () => {
    const { write, read, cache } = open();
    const twin = ROW.slice();
    twin[7]! ^= 1;
    await read();
    await write(mintOf("x"));
    await write(mintOf("y", { row: twin }));
    const results = [await read(), await read({ row: twin })];
    const found = results.map((result) => result.type === "row" && values(result.versions));
    expect([cache.hits, found]).toEqual([2, [["x"], ["y"]]]);
  });

  test("does not know a write before it is durable, nor one whose commit failed", async () => {
    const { cache, time, store, read, write } = open();
    await read();
    await write(mintOf("x"));
    const { committed } = cache.write(mintOf("y"));
    await time.run(5);
    const during = await read();
    expect(during.type === "row" && values(during.versions)).toEqual(["x"]);
    await time.run(20);
    await committed;
    store.failNextCommit("io");
    await write(mintOf("z"));
    const after = await read();
    expect(after.type === "row" && values(after.versions)).toEqual(["x", "y"]);
  });

  test("lets another epoch, another N and recovering rows through to the shard", async () => {
    const { read, hit, write } = open();
    await read();
    expect(await hit({ epoch: 2 })).toBe(false);
    expect(await read({ epoch: 2 })).toMatchObject({ type: "refused", reason: "epoch", epoch: 1 });
    expect(await hit({ bucket: { n: 1, mode: "siblings" } })).toBe(false);
    await write({ type: "setRecovering", partition: "all", recovering: true });
    expect(await hit()).toBe(false);
    expect(await read()).toMatchObject({ recovering: true });
    await write(mintOf("x"));
    expect(await hit()).toBe(false);
  });

  test("forgets everything under a new ring", async () => {
    const { read, hit, write } = open();
    await read();
    await write({ type: "installRing", self: "a", record: ringOf(2, ["b", "c"], 2) });
    expect(await hit()).toBe(false);
    expect(await read()).toMatchObject({ type: "refused", reason: "epoch", epoch: 2 });
    expect(await read({ epoch: 2 })).toMatchObject({ type: "refused", reason: "notOwner" });
  });

  test("a write over a damaged row takes back what it said of the partition's other rows", async () => {
    const { read, write, hit, store } = open();
    const [one, other] = ROWS.filter((row) => row[0]! >= 128);
    await write(mintOf("1", { row: one! }));
    await write(mintOf("2", { row: other! }));
    await read({ row: other! });
    expect(await hit({ row: other! })).toBe(true);
    store.flipBit("rows", one!, 99);
    await write(mintOf("3", { row: one! }));
    expect(await hit({ row: other! })).toBe(false);
    expect(await read({ row: other! })).toMatchObject({ recovering: true });
  });

  test("keeps to its bytes, the rows last used", async () => {
    const { write, read, hit, cache } = open(1600);
    const rows = Array.from({ length: 30 }, (_, key) => rowKey("cached", Uint8Array.of(key)));
    await read();
    for (const row of rows) {
      await write(mintOf("v", { row }));
      await read({ row: rows[0]! });
    }
    expect(cache.bytes).toBeLessThanOrEqual(1600);
    expect(await hit({ row: rows[0]! })).toBe(true);
    expect(await hit({ row: rows[29]! })).toBe(true);
    expect(await hit({ row: rows[1]! })).toBe(false);
  });

  test("is never told from the shard itself, whatever goes on", async () => {
    const act = fc.record({
      kind: fc.constantFrom(
        "mint",
        "mint",
        "fail",
        "recover",
        "recovered",
        "ring",
        "damage",
        "wait",
      ),
      row: fc.nat(ROWS.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const { cache, shard, time, engine, store } = open(1000);
        for (const { kind, row } of acts) {
          const { epoch } = engine;
          if (kind === "mint") cache.write(mintOf("v", { row: ROWS[row]!, epoch }));
          if (kind === "fail") store.failNextCommit("io");
          if (kind === "recover" || kind === "recovered") {
            cache.write({
              type: "setRecovering",
              partition: "all",
              recovering: kind === "recover",
            });
          }
          if (kind === "ring") {
            const record = ringOf(epoch + 1, ["a", "b"], 2);
            cache.write({ type: "installRing", self: "a", record });
          }
          if (kind === "wait") await time.run(25);
          const bucket = { n: 3, mode: "siblings" } as const;
          const asked = { epoch, row: ROWS[row]!, bucket, want: "versions" } as const;
          // Asked in one turn, at a time when no reply is on its way.
          await time.run(100);
          const both = Promise.all([cache.read(asked), shard.read(asked)]);
          await time.run(100);
          const [cached, real] = await both;
          expect(cached).toEqual(real);
        }
      }),
      { numRuns: 60 },
    );
  });
});
