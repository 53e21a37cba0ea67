import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openShards, restore } from "@coterie/storage-sqlite";
import { describe, expect, test } from "vitest";
import { installRing, put, read } from "../test/rows.ts";
import { temporaryDirectory } from "../test/temporary-directory.ts";

const root = temporaryDirectory();

describe("a backup", () => {
  test("is taken while writing goes on, opens, and holds every put that was durable before it", async () => {
    const opened = await openShards({ directory: join(root, "node"), shards: 1 });
    const shard = opened.mailboxes[0]!;
    await installRing(opened.mailboxes);
    const filler = "x".repeat(2000);
    await Promise.all(
      Array.from({ length: 2000 }, (_, i) => put(shard, `before ${i}`, `${i} ${filler}`)),
    );
    let durable = 0;
    let ended = false;
    const writing = (async () => {
      while (!ended) {
        await put(shard, `during ${durable}`, `${durable}`);
        durable++;
      }
    })();
    while (durable < 20) await put(shard, "waiting", "x", { bucket: { n: 1, mode: "lww" } });
    const before = durable;
    const report = await opened.backUp(join(root, "backup"));
    ended = true;
    await writing;
    expect(durable).toBeGreaterThan(before);
    expect(report.bytes).toBeGreaterThan(4_000_000);
    await opened.close();

    await restore(join(root, "backup"), join(root, "restored"));
    const again = await openShards({ directory: join(root, "restored") });
    const copy = again.mailboxes[0]!;
    const seen = async (key: string): Promise<readonly string[]> => (await read(copy, key)).values;
    for (let i = 0; i < 2000; i += 97)
      expect(await seen(`before ${i}`)).toEqual([`${i} ${filler}`]);
    for (let i = 0; i < before; i++) expect(await seen(`during ${i}`)).toEqual([`${i}`]);
    // A prefix of what was written in order: one state, not a mixture of several.
    const during = await Promise.all(
      Array.from({ length: durable }, async (_, i) => (await seen(`during ${i}`)).length),
    );
    expect(during).toEqual(during.toSorted((a, b) => b - a));
    await again.close();
  });

  test("restored comes back recovering, under a fresh actor, and takes writes", async () => {
    const directory = join(root, "again");
    const opened = await openShards({ directory, shards: 2 });
    await installRing(opened.mailboxes);
    await opened.backUp(join(root, "backup of two"));
    const actor = (await opened.mailboxes[0]!.stats()).actor;
    await opened.close();
    await restore(join(root, "backup of two"), join(root, "restored two"));
    const restored = await openShards({ directory: join(root, "restored two") });
    const stats = await Promise.all(restored.mailboxes.map((shard) => shard.stats()));
    expect(stats.map(({ recoveringPartitions }) => recoveringPartitions.length)).toEqual([8, 8]);
    expect(stats[0]!.actor).not.toBe(actor);
    expect(stats[0]!.actors).toContain(actor);
    await restored.close();
  });

  test("never goes into a directory that exists, and leaves none behind that is not whole", async () => {
    const taken = join(root, "taken");
    mkdirSync(taken);
    const opened = await openShards({ directory: join(root, "third"), shards: 1 });
    await expect(opened.backUp(taken)).rejects.toThrow("exists already: name a new directory");
    expect(readdirSync(taken)).toEqual([]);
    const impossible = join(root, "third", "lock.pid", "backup");
    await expect(opened.backUp(impossible)).rejects.toMatchObject({ name: "StorageError" });
    await opened.close();
    await expect(restore(join(root, "no backup"), join(root, "x"))).rejects.toThrow(
      "holds no backup",
    );
    await expect(restore(join(root, "third"), taken)).rejects.toThrow("exists already");
    expect(existsSync(join(root, "x"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});
