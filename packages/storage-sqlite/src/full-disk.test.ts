import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import { openShards } from "@coterie/storage-sqlite";
import { describe, expect, test } from "vitest";
import { installRing, put, putOf, read } from "../test/rows.ts";
import { temporaryDirectory } from "../test/temporary-directory.ts";
import { mountTmpfs } from "../test/tmpfs.ts";
import { SqliteStore } from "./sqlite-store.ts";

const mounted = join(temporaryDirectory(), "disk");
const isMounted = mountTmpfs(mounted, 8);
const ballast = join(mounted, "ballast");

/** Leaves so many bytes free. */
function fillUp(leaveBytes: number): void {
  const { bavail, bsize } = statfsSync(mounted);
  writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - leaveBytes)));
}

// Mounting a small file system takes root and Linux; elsewhere these are reported as skipped.
describe.runIf(isMounted)("a full disk", () => {
  test("fails the commit as `full`, loses nothing, and works again when there is space", () => {
    const store = SqliteStore.open(join(mounted, "store.sqlite"));
    const write = (key: number, bytes: number): void => {
      const transaction = store.begin();
      transaction.put("rows", Uint8Array.of(key), new Uint8Array(bytes).fill(key));
      transaction.commit();
    };
    write(1, 1000);
    fillUp(64 << 10);
    expect(() => write(2, 1 << 20)).toThrow(StorageError);
    try {
      write(2, 1 << 20);
    } catch (error) {
      expect(error).toMatchObject({ kind: "full" });
      expect((error as Error).message).toContain("there is no space left for");
    }
    const reading = store.begin();
    expect(reading.get("rows", Uint8Array.of(1))).toHaveLength(1000);
    expect(reading.get("rows", Uint8Array.of(2))).toBeUndefined();
    reading.rollback();
    rmSync(ballast);
    write(2, 1 << 20);
    store.close();
    const reopened = SqliteStore.open(join(mounted, "store.sqlite"));
    const again = reopened.begin();
    expect(again.get("rows", Uint8Array.of(1))).toHaveLength(1000);
    expect(again.get("rows", Uint8Array.of(2))).toHaveLength(1 << 20);
    reopened.close();
  });

  test("makes a shard refuse writes with a sentence and go on reading", async () => {
    const directory = join(mounted, "node");
    const shards = await openShards({ directory, shards: 1 });
    const shard = shards.mailboxes[0]!;
    await installRing(shards.mailboxes);
    await put(shard, "before", "v");
    fillUp(32 << 10);
    const { staged, committed } = shard.write(putOf("large", "x".repeat(1_000_000)));
    await staged;
    expect(await committed).toMatchObject({ type: "failed", kind: "full" });
    expect((await read(shard, "before")).values).toEqual(["v"]);
    expect((await read(shard, "large")).values).toEqual([]);
    expect((await shard.stats()).lastFault).toContain("there is no space left");
    rmSync(ballast);
    await put(shard, "large", "x".repeat(1_000_000));
    await shards.close();
  });

  test("mounted read-only is refused at the start as `readonly`, and opens when it can be written", async () => {
    const directory = join(mounted, "remounted");
    const shards = await openShards({ directory, shards: 1 });
    const shard = shards.mailboxes[0]!;
    await installRing(shards.mailboxes);
    await put(shard, "before", "v");
    await shards.close();
    execFileSync("mount", ["-o", "remount,ro", mounted]);
    try {
      await expect(openShards({ directory })).rejects.toMatchObject({ kind: "readonly" });
    } finally {
      execFileSync("mount", ["-o", "remount,rw", mounted]);
    }
    const again = await openShards({ directory });
    expect((await read(again.mailboxes[0]!, "before")).values).toEqual(["v"]);
    await again.close();
  });
});
