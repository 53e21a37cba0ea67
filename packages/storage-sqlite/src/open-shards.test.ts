import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenShards, openShards } from "@coterie/storage-sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { installRing, put, putOf, read, rowOf } from "../test/rows.ts";
import { WriterProcess } from "../test/spawn-writer.ts";
import { temporaryDirectory } from "../test/temporary-directory.ts";

const root = temporaryDirectory();
let directories = 0;
const newDirectory = (): string => join(root, `node-${directories++}`, "data");

const opened: OpenShards[] = [];
afterEach(async () => {
  for (const shards of opened.splice(0)) await shards.close();
});

async function open(
  directory: string,
  options: Partial<Parameters<typeof openShards>[0]> = {},
): Promise<OpenShards> {
  const shards = await openShards({ directory, ...options });
  opened.push(shards);
  return shards;
}

async function openWithRing(
  directory = newDirectory(),
  options: Partial<Parameters<typeof openShards>[0]> = {},
): Promise<OpenShards> {
  const shards = await open(directory, { shards: 1, ...options });
  await installRing(shards.mailboxes);
  return shards;
}

describe("a data directory", () => {
  test("is created, and holds after a restart what was durable, under a fresh actor", async () => {
    const directory = newDirectory();
    const first = await openWithRing(directory);
    expect(first.created).toBe(true);
    const before = await put(first.mailboxes[0]!, "k", "v");
    await first.close();

    const second = await open(directory);
    const shard = second.mailboxes[0]!;
    expect(second.created).toBe(false);
    expect(await read(shard, "k")).toEqual({ values: ["v"], recovering: false });
    const after = await put(shard, "k", "w");
    expect(after.dot.actor).not.toBe(before.dot.actor);
    expect((await shard.stats()).actors).toEqual(
      expect.arrayContaining([before.dot.actor, after.dot.actor]),
    );
  });

  test("keeps the number of its shards, and each row in its own", async () => {
    const directory = newDirectory();
    await (await openWithRing(directory, { shards: 2 })).close();
    await expect(openShards({ directory, shards: 1 })).rejects.toThrow(
      "has 2 shards, and their number is fixed: it cannot be opened with 1",
    );
    const { mailboxes } = await open(directory);
    expect(await Promise.all(mailboxes.map(async (m) => (await m.stats()).shard))).toEqual([0, 1]);
  });

  test("in use by another process is refused with its pid, and free once that is killed", async () => {
    const directory = newDirectory();
    const writer = new WriterProcess(directory, 0);
    await writer.opened;
    await expect(openShards({ directory })).rejects.toThrow(
      `${directory} is in use by process ${writer.pid}`,
    );
    await writer.kill();
    expect((await open(directory)).mailboxes).toHaveLength(1);
  });

  test("in use by this process is refused too", async () => {
    const directory = newDirectory();
    await open(directory);
    await expect(openShards({ directory })).rejects.toThrow("is in use by this process already");
  });

  test("with a file missing is refused, and names it", async () => {
    const directory = newDirectory();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "shard-1-of-2.sqlite"), "");
    await expect(openShards({ directory })).rejects.toThrow(/shard-0-of-2\.sqlite is missing/);
  });

  test("that was refused can be opened when its fault is gone", async () => {
    const directory = newDirectory();
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, "shard-0-of-1.sqlite"),
      "no database, and longer than a header".repeat(9),
    );
    await expect(openShards({ directory })).rejects.toMatchObject({ kind: "corrupt" });
    writeFileSync(join(directory, "shard-0-of-1.sqlite"), "");
    expect((await open(directory)).mailboxes).toHaveLength(1);
  });
});

describe("a shard's mailbox", () => {
  test("64 writers at once share commits", async () => {
    const { mailboxes } = await openWithRing();
    const shard = mailboxes[0]!;
    const before = (await shard.stats()).storage!.commits;
    const rounds = 20;
    await Promise.all(
      Array.from({ length: 64 }, async (_, writer) => {
        for (let round = 0; round < rounds; round++) await put(shard, `${writer}`, `${round}`);
      }),
    );
    const { storage } = await shard.stats();
    expect(storage!.commits - before).toBeLessThan((64 * rounds) / 16);
    expect(storage!.writes).toBeGreaterThanOrEqual(64 * rounds);
  });

  test("what a write came to is told before it is durable, and a read after it sees it", async () => {
    const shard = (await openWithRing()).mailboxes[0]!;
    const order: string[] = [];
    const { staged, committed } = shard.write(putOf("k", "v"));
    const both = [
      staged.then(({ type }) => order.push(type)),
      committed.then(({ type }) => order.push(type)),
    ];
    await Promise.all(both);
    expect(order).toEqual(["minted", "committed"]);
    expect(await read(shard, "k")).toEqual({ values: ["v"], recovering: false });
  });

  test("who watches writes is told of those that are durable, before their writers are", async () => {
    const shard = (await openWithRing()).mailboxes[0]!;
    const told: string[] = [];
    const watched = (value: string, epoch: number) => {
      const { committed } = shard.writeWatched(putOf("k", value, { epoch }), ({ type }, staged) =>
        told.push(`${type} ${value} ${staged.type}`),
      );
      return committed.then(({ type }) => told.push(`${value} ${type}`));
    };
    await Promise.all([watched("v", 1), watched("w", 7)]);
    expect(told).toEqual(["w failed", "mint v minted", "v committed"]);
  });

  test("all commands of one turn keep their order among writes", async () => {
    const shard = (await openWithRing()).mailboxes[0]!;
    const lww = { bucket: { n: 1, mode: "lww" } } as const;
    const writes = Array.from({ length: 100 }, (_, i) => shard.write(putOf("k", `${i}`, lww)));
    await Promise.all(writes.map(({ committed }) => committed));
    expect((await read(shard, "k")).values).toEqual(["99"]);
  });

  test("merges travel as they are, and come back when the row holds more than was sent", async () => {
    const shard = (await openWithRing()).mailboxes[0]!;
    const bucket = { n: 1, mode: "siblings" } as const;
    const theirs = await put(shard, "theirs", "theirs");
    const merge = { type: "merge", epoch: 1, row: rowOf("k"), bucket } as const;
    const first = await shard.write({ ...merge, versions: theirs.versions }).staged;
    expect(first).toEqual({ type: "merged", versions: theirs.versions, recovering: false });
    await put(shard, "k", "ours");
    const second = await shard.write({ ...merge, versions: theirs.versions }).staged;
    expect(second.type === "merged" && second.versions.length).toBeGreaterThan(
      theirs.versions.length,
    );
    expect((await read(shard, "k")).values).toEqual(["ours", "theirs"]);
  });

  test("scans, meta data and recovery marks reach the shard", async () => {
    const shard = (await openWithRing()).mailboxes[0]!;
    await put(shard, "k", "v");
    await shard.write({ type: "putMeta", key: "birth", value: Uint8Array.of(7) }).committed;
    await shard.write({ type: "setRecovering", partition: "all", recovering: true }).committed;
    expect(await shard.meta("")).toEqual({
      type: "meta",
      entries: [{ key: "birth", value: Uint8Array.of(7) }],
    });
    expect((await shard.stats()).recoveringPartitions).toHaveLength(16);
    const scans = await Promise.all(
      Array.from({ length: 16 }, (_, partition) =>
        shard.scan({ epoch: 1, partition, from: undefined, limit: 10, want: "versions" }),
      ),
    );
    const rows = scans.flatMap((scan) => (scan.type === "rows" ? scan.rows : []));
    expect(rows.map(({ row }) => row)).toEqual([rowOf("k")]);
    expect(scans.every((scan) => scan.type === "rows" && scan.recovering)).toBe(true);
    const refused = await shard.write(putOf("k", "v", { epoch: 9 })).staged;
    expect(refused).toMatchObject({ type: "refused", reason: "epoch", epoch: 1 });
  });

  test("takes the ring that is in force again, whatever went through the thread meanwhile", async () => {
    const { mailboxes } = await openWithRing();
    for (let i = 0; i < 10; i++) await put(mailboxes[0]!, `${i}`, "v");
    await installRing(mailboxes);
    expect(await mailboxes[0]!.stats()).toMatchObject({ epoch: 1, refused: 0 });
  });

  test("refuses bytes beyond its bounds, those of the same turn included", async () => {
    const shard = (await openWithRing(newDirectory(), { bytesMax: 100_000 })).mailboxes[0]!;
    const large = "x".repeat(60_000);
    const writes = ["1", "2", "3"].map((key) => shard.write(putOf(key, large)));
    const staged = await Promise.all(writes.map((write) => write.staged));
    expect(staged.map(({ type }) => type)).toEqual(["minted", "minted", "refused"]);
    await put(shard, "later", large);
  });

  test("refuses what is beyond its bounds at once, and takes more when it has caught up", async () => {
    const shard = (await openWithRing(newDirectory(), { commandsMax: 10 })).mailboxes[0]!;
    const writes = Array.from({ length: 12 }, (_, i) => shard.write(putOf(`${i}`, "v")));
    const staged = await Promise.all(writes.map((write) => write.staged));
    expect(staged.map((each) => (each.type === "refused" ? each.reason : each.type))).toEqual([
      ...new Array(10).fill("minted"),
      "overloaded",
      "overloaded",
    ]);
    expect(await writes[11]!.committed).toMatchObject({ type: "failed", kind: "refused" });
    await Promise.all(writes.map((write) => write.committed));
    await put(shard, "later", "v");
  });

  test("closing carries out what was handed over, and refuses what comes later", async () => {
    const directory = newDirectory();
    const shards = await openWithRing(directory);
    const shard = shards.mailboxes[0]!;
    const { committed } = shard.write(putOf("k", "v"));
    const closing = shards.close();
    const late = shard.write(putOf("late", "v"));
    expect(await late.staged).toMatchObject({ type: "refused", reason: "closed" });
    expect(await late.committed).toMatchObject({ type: "failed", kind: "refused" });
    expect(await committed).toEqual({ type: "committed" });
    await closing;
    expect(existsSync(join(directory, "shard-0-of-1.sqlite-wal"))).toBe(false);
    expect((await read((await open(directory)).mailboxes[0]!, "k")).values).toEqual(["v"]);
  });

  test("a closed mailbox gives up the lock though only the mailboxes were closed", async () => {
    const directory = newDirectory();
    const { mailboxes } = await openWithRing(directory, { shards: 2 });
    await Promise.all(mailboxes.map((shard) => shard.close()));
    expect((await open(directory)).mailboxes).toHaveLength(2);
  });

  test("a thread that ends by a bug leaves no promise open, and is reported", async () => {
    const failures: string[] = [];
    const { mailboxes } = await openWithRing(newDirectory(), {
      shards: 2,
      onFailure: (shard, error) => failures.push(`${shard}: ${error.message}`),
    });
    const [shard] = mailboxes;
    // A row of the other shard: what only a bug of the caller can send.
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`);
    const stray = keys.find((key) => (rowOf(key)[0]! >> 4) % 2 === 1)!;
    const writes = [shard!.write(putOf(stray, "v")), shard!.write(putOf("k", "v"))];
    for (const { staged, committed } of writes) {
      expect(await staged).toMatchObject({ type: "refused", reason: "closed" });
      expect(await committed).toMatchObject({ type: "failed", kind: "closed" });
    }
    expect(failures).toEqual(["0: a row came to a shard that does not keep it"]);
    expect(await shard!.meta("")).toMatchObject({ type: "refused", reason: "closed" });
    await shard!.stats();
  });
});

test("the event loop turns while the disk works", async () => {
  const shard = (await openWithRing()).mailboxes[0]!;
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const large = "x".repeat(500_000);
  for (let i = 0; i < 20; i++) await put(shard, `${i}`, large);
  running = false;
  const { commits } = (await shard.stats()).storage!;
  expect(turns).toBeGreaterThan(5 * commits);
});
