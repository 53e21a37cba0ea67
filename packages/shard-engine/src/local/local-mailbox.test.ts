import { VirtualTime } from "@coterie/core/testing";
import { describe, expect, test } from "vitest";
import { mintOf, ROW, restart, ringOf, start, values } from "../../test/fixture.ts";
import type { ShardWrite } from "../mailbox.ts";
import { LocalMailbox } from "./local-mailbox.ts";

const READ = { epoch: 1, row: ROW, bucket: { n: 3, mode: "siblings" }, want: "versions" } as const;

function open(commitMs = 10, answerMs = 1) {
  const time = new VirtualTime();
  const opened = start({ time });
  const mailbox = new LocalMailbox(opened.engine, {
    timers: time,
    commitMs: () => commitMs,
    answerMs: () => answerMs,
  });
  return { ...opened, time, mailbox };
}

/** Notes what happens to a write as it happens. */
function watch(log: string[], name: string, { staged, committed }: ShardWrite): void {
  void staged.then(({ type }) => log.push(`${name} ${type}`));
  void committed.then(({ type }) => log.push(`${name} ${type}`));
}

describe("a shard in this process", () => {
  test("tells what a write came to at the end of the turn, and that it is durable when it is", async () => {
    const { mailbox, time } = open();
    const log: string[] = [];
    watch(log, "x", mailbox.write(mintOf("x")));
    await time.run(0);
    expect(log).toEqual(["x minted"]);
    await time.run(10);
    expect(log).toEqual(["x minted"]);
    await time.run(1);
    expect(log).toEqual(["x minted", "x committed"]);
  });

  test("gathers what arrives during a commit into the next batch", async () => {
    const { mailbox, time, engine } = open();
    const log: string[] = [];
    watch(log, "1", mailbox.write(mintOf("1")));
    await time.run(5);
    watch(log, "2", mailbox.write(mintOf("2")));
    watch(log, "3", mailbox.write(mintOf("3")));
    await time.run(10);
    expect(log).toEqual(["1 minted", "1 committed", "2 minted", "3 minted"]);
    await time.run(20);
    expect(log.slice(4)).toEqual(["2 committed", "3 committed"]);
    expect(engine.stats().batches).toBe(3);
  });

  test("reads before it writes, within a batch and committed rows only", async () => {
    const { mailbox, time } = open();
    void mailbox.write(mintOf("x"));
    const before = mailbox.read(READ);
    await time.run(50);
    expect(await before).toMatchObject({ type: "row", versions: undefined });
    const after = mailbox.read(READ);
    await time.run(50);
    const read = await after;
    expect(read.type === "row" && values(read.versions)).toEqual(["x"]);
  });

  test("a refused write is not durable", async () => {
    const { mailbox, time } = open();
    const { staged, committed } = mailbox.write(mintOf("x", { epoch: 9 }));
    await time.run(50);
    expect(await staged).toMatchObject({ type: "refused", reason: "epoch" });
    expect(await committed).toMatchObject({ type: "failed", kind: "refused" });
  });

  test("a failed commit fails all that was staged in it", async () => {
    const { mailbox, time, store } = open();
    const writes = [mailbox.write(mintOf("1")), mailbox.write(mintOf("2"))];
    await time.run(0);
    store.failNextCommit("full");
    await time.run(50);
    const results = await Promise.all(writes.map(({ committed }) => committed));
    expect(results).toMatchObject([{ type: "failed", kind: "full" }, { kind: "full" }]);
  });

  test("a crash before the commit loses the batch and answers nobody", async () => {
    const opened = open();
    const log: string[] = [];
    watch(log, "x", opened.mailbox.write(mintOf("x")));
    await opened.time.run(9);
    opened.mailbox.crash();
    opened.store.crash();
    await opened.time.run(100);
    expect(log).toEqual(["x minted"]);
    const read = restart(opened).engine.read(READ);
    expect(read).toMatchObject({ versions: undefined });
  });

  test("a crash between the commit and its answer leaves the write durable and in doubt", async () => {
    const opened = open();
    const log: string[] = [];
    watch(log, "x", opened.mailbox.write(mintOf("x")));
    await opened.time.run(10);
    opened.mailbox.crash();
    opened.store.crash();
    await opened.time.run(100);
    expect(log).toEqual(["x minted"]);
    const read = restart(opened).engine.read(READ);
    expect(read.type === "row" && values(read.versions)).toEqual(["x"]);
  });

  test("closing carries out what was handed over and refuses what comes later", async () => {
    const { mailbox, time } = open();
    const log: string[] = [];
    watch(log, "x", mailbox.write(mintOf("x")));
    void mailbox.close().then(() => log.push("closed"));
    expect(await mailbox.read(READ)).toMatchObject({ reason: "closed" });
    watch(log, "late", mailbox.write(mintOf("late")));
    await time.run(50);
    expect(log).toEqual(["late refused", "late failed", "x minted", "x committed", "closed"]);
  });

  test("scans, meta data and stats go the same way", async () => {
    const { mailbox, time } = open();
    void mailbox.write({ type: "putMeta", key: "birth", value: Uint8Array.of(1) });
    void mailbox.write({ type: "installRing", self: "a", record: ringOf(2, ["a"]) });
    await time.run(50);
    const meta = mailbox.meta("");
    const scan = mailbox.scan({
      epoch: 2,
      partition: 0,
      from: undefined,
      limit: 1,
      want: "versions",
    });
    await time.run(50);
    expect(await meta).toMatchObject({ entries: [{ key: "birth" }] });
    expect(await scan).toMatchObject({ type: "rows", rows: [], next: undefined });
    expect(await mailbox.stats()).toMatchObject({ epoch: 2 });
  });
});
