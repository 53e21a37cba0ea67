import { describe, expect, test } from "vitest";
import { mintOf, put, ROW, readRow, ringOf, start, values } from "../test/fixture.ts";
import { partitionOfRow, rowKey } from "./row-key.ts";

const bucket = { n: 3, mode: "siblings" } as const;
describe("epoch and ownership", () => {
  test("a shard without a ring refuses rows, and says so by epoch 0", () => {
    const { engine } = start({ ring: null });
    const refused = { type: "refused", reason: "epoch", epoch: 0 };
    expect(engine.read({ epoch: 0, row: ROW, bucket, want: "versions" })).toMatchObject(refused);
    expect(engine.stage(mintOf("x", { epoch: 0 }))).toMatchObject(refused);
  });

  test("another epoch than the shard's is refused with the shard's, in reads, mints, merges and scans", () => {
    const { engine } = start();
    const { versions } = put(engine, "x");
    const refused = { type: "refused", reason: "epoch", epoch: 1 };
    expect(engine.read({ epoch: 2, row: ROW, bucket, want: "versions" })).toMatchObject(refused);
    const scan = { epoch: 2, partition: 0, from: undefined, limit: 1, want: "versions" } as const;
    expect(engine.scan(scan)).toMatchObject(refused);
    expect(engine.stage(mintOf("y", { epoch: 2 }))).toMatchObject(refused);
    expect(engine.stage({ type: "merge", epoch: 0, row: ROW, bucket, versions })).toMatchObject(
      refused,
    );
    engine.commit();
    expect(values(readRow(engine).versions)).toEqual(["x"]);
  });

  test("the epoch is compared when the write is carried out, not when it was queued (trap 14c)", () => {
    const { engine } = start();
    const queued = mintOf("under the old ring");
    engine.stage({ type: "installRing", self: "a", record: ringOf(2, ["a", "b"]) });
    engine.commit();
    expect(engine.stage(queued)).toMatchObject({ type: "refused", reason: "epoch", epoch: 2 });
    engine.commit();
    expect(readRow(engine).versions).toBeUndefined();
  });

  test("a ring is in force once it is durable, not before, and not when its commit fails", () => {
    const { engine, store } = start();
    engine.stage({ type: "installRing", self: "a", record: ringOf(2, ["a", "b"]) });
    expect(engine.epoch).toBe(1);
    expect(engine.stage(mintOf("x")).type).toBe("minted");
    store.failNextCommit("io");
    engine.commit();
    expect(engine.epoch).toBe(1);
    engine.stage({ type: "installRing", self: "a", record: ringOf(2, ["a", "b"]) });
    engine.commit();
    expect(engine.epoch).toBe(2);
    store.crash();
    expect(start({ store: store.reopen() }).engine.epoch).toBe(2);
  });

  test("a ring stays what it was though its caller uses the bytes again", () => {
    const { engine } = start();
    const record = ringOf(2, ["a", "b"]);
    const command = { type: "installRing", self: "a", record: record.slice() } as const;
    engine.stage(command);
    engine.commit();
    command.record.fill(0);
    expect(engine.stage({ ...command, record })).toEqual({ type: "accepted" });
  });

  test("a node that is no owner of the partition refuses its rows", () => {
    const ring = ringOf(1, ["a", "b", "c"]);
    const { engine } = start({ self: "d", ring });
    expect(engine.stage(mintOf("x"))).toMatchObject({ type: "refused", reason: "notOwner" });
    const { versions } = put(start().engine, "x");
    expect(engine.stage({ type: "merge", epoch: 1, row: ROW, bucket, versions })).toMatchObject({
      type: "refused",
      reason: "notOwner",
    });
    engine.commit();
    expect(engine.read({ epoch: 1, row: ROW, bucket, want: "versions" })).toMatchObject({
      reason: "notOwner",
    });
  });

  test("ownership depends on the bucket's N", () => {
    const engines = ["a", "b", "c"].map((self) => start({ self }).engine);
    const owners = (n: number): number =>
      engines.filter((engine) => engine.stage(mintOf("x", { n })).type === "minted").length;
    expect([1, 2, 3].map(owners)).toEqual([1, 2, 3]);
  });

  test("an older ring, a second one of the same epoch, another node's and another Q are refused", () => {
    const { engine } = start({ ring: ringOf(3, ["a", "b"]) });
    const install = (record: Uint8Array, self = "a"): unknown => {
      const staged = engine.stage({ type: "installRing", self, record });
      engine.commit();
      return staged.type === "refused" ? staged.reason : staged.type;
    };
    expect(install(ringOf(2, ["a", "b"]))).toBe("epoch");
    expect(install(ringOf(3, ["a", "c"]))).toBe("invalid");
    expect(install(ringOf(4, ["a", "b"]), "b")).toBe("invalid");
    expect(install(ringOf(4, ["a", "b"], 32))).toBe("invalid");
    expect(install(Uint8Array.of(9, 9))).toBe("invalid");
    expect(install(ringOf(3, ["b", "a"]))).toBe("accepted");
    expect(install(ringOf(4, ["a", "b"]))).toBe("accepted");
    expect(engine.epoch).toBe(4);
  });

  test("a row of another shard is a bug of the caller", () => {
    const { engine } = start({ shards: 2 });
    const odd = Array.from({ length: 100 }, (_, i) => rowKey("carts", Uint8Array.of(i))).find(
      (row) => partitionOfRow(row, 16) % 2 === 1,
    )!;
    expect(() => engine.stage(mintOf("x", { row: odd }))).toThrow(
      "a row came to a shard that does not keep it",
    );
  });
});
