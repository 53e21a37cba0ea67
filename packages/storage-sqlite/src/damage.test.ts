import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openShards, quarantine, SqliteStore } from "@coterie/storage-sqlite";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { destroyLeaf, flipBits, overwrite } from "../test/damage.ts";
import { installRing, put, putOf, read } from "../test/rows.ts";
import { temporaryDirectory } from "../test/temporary-directory.ts";

const root = temporaryDirectory();
const VALUES = Array.from({ length: 300 }, (_, i) => `the value of key ${i}.`);
let directories = 0;

/** A closed directory of so many shards with 300 rows, and its files. */
async function filled(shards = 1): Promise<{ directory: string; files: string[] }> {
  const directory = join(root, `${directories++}`);
  const opened = await openShards({ directory, shards });
  await installRing(opened.mailboxes);
  await opened.mailboxes[0]!.write({ type: "putMeta", key: "birth", value: Uint8Array.of(1) })
    .committed;
  if (shards === 1) {
    const [shard] = opened.mailboxes;
    await Promise.all(VALUES.map((value, i) => put(shard!, `key ${i}`, value)));
  }
  await opened.close();
  const files = Array.from({ length: shards }, (_, i) =>
    join(directory, `shard-${i}-of-${shards}.sqlite`),
  );
  return { directory, files };
}

const PAGE = 8192;

describe("a file that cannot be right is refused with what to do", () => {
  const refusal = async (directory: string): Promise<string> =>
    openShards({ directory }).then(
      () => "opened",
      (error: Error) => error.message,
    );

  test("when its header is damaged", async () => {
    const { directory, files } = await filled();
    overwrite(files[0]!, 0, new Uint8Array(16).fill(7));
    const message = await refusal(directory);
    expect(message).toContain(`${files[0]} is damaged (file is not a database`);
    expect(message).toContain(`"coterie quarantine ${directory}"`);
  });

  test("when its page size is damaged", async () => {
    const { directory, files } = await filled();
    overwrite(files[0]!, 16, Uint8Array.of(3, 3));
    expect(await refusal(directory)).toContain(`${files[0]} is damaged (file is not a database`);
  });

  test("when a page that the start reads is damaged", async () => {
    const { directory, files } = await filled();
    for (let page = 1; page < 4; page++) {
      overwrite(files[0]!, page * PAGE, new Uint8Array(PAGE).fill(255));
    }
    expect(await refusal(directory)).toMatch(/is damaged .*malformed/);
  });

  test("when it was cut short", async () => {
    const { directory, files } = await filled();
    writeFileSync(files[0]!, new Uint8Array(50));
    expect(await refusal(directory)).toContain("is damaged");
  });

  test("when it is another program's", async () => {
    const { directory, files } = await filled();
    const database = new Database(files[0]!);
    database.pragma("application_id = 77");
    database.close();
    expect(await refusal(directory)).toContain("is a database of another program");
  });

  test("when a newer version wrote it", async () => {
    const { directory, files } = await filled();
    const database = new Database(files[0]!);
    database.pragma("user_version = 2");
    database.close();
    expect(await refusal(directory)).toContain(
      "has format 2 and this version reads up to 1: it was written by a newer version",
    );
    await expect(quarantine(directory)).rejects.toMatchObject({ kind: "foreign" });
  });

  test("when it is the other shard's", async () => {
    const { directory, files } = await filled(2);
    renameSync(files[0]!, `${files[0]}.aside`);
    renameSync(files[1]!, files[0]!);
    renameSync(`${files[0]}.aside`, files[1]!);
    expect(await refusal(directory)).toContain("it cannot be opened as 0 of 2");
  });

  test("when a database is there that holds something else", () => {
    const file = join(root, "else.sqlite");
    new Database(file).exec("CREATE TABLE notes (text)").close();
    expect(() => SqliteStore.open(file)).toThrow("is a database of another program");
  });
});

describe("rot in a single row", () => {
  test("is found by its checksum, hides nothing, and leaves the other rows alone", async () => {
    const { directory, files } = await filled();
    flipBits(files[0]!, "the value of key 7.");
    const opened = await openShards({ directory });
    const shard = opened.mailboxes[0]!;
    expect(await read(shard, "key 7")).toEqual({ values: [], recovering: true });
    expect(await read(shard, "key 8")).toEqual({
      values: ["the value of key 8."],
      recovering: false,
    });
    expect(await shard.stats()).toMatchObject({ suspectRows: 1 });
    await opened.close();
  });

  test("is found by the scrub without a read", async () => {
    const { directory, files } = await filled();
    flipBits(files[0]!, "the value of key 9.");
    const opened = await openShards({ directory });
    const shard = opened.mailboxes[0]!;
    while (!(await shard.stats()).counted) await new Promise(setImmediate);
    expect(await shard.stats()).toMatchObject({ rows: 300, suspectRows: 1 });
    await opened.close();
  });
});

describe("a page that turns out to be damaged while the node runs", () => {
  test("makes reads and writes that meet it fail with what to do, and no others", async () => {
    const { directory, files } = await filled();
    const text = destroyLeaf(files[0]!, VALUES, PAGE);
    const key = `key ${VALUES.indexOf(text)}`;
    const opened = await openShards({ directory });
    const shard = opened.mailboxes[0]!;
    await expect(read(shard, key)).rejects.toThrow(`"coterie quarantine ${directory}"`);
    expect(await shard.write(putOf(key, "again")).staged).toMatchObject({
      type: "refused",
      reason: "storage",
    });
    const others = await Promise.allSettled(VALUES.map((_, i) => read(shard, `key ${i}`)));
    const well = others.filter(({ status }) => status === "fulfilled");
    expect(well.length).toBeGreaterThan(100);
    await opened.close();
  });
});

describe("quarantine", () => {
  test("puts damaged files aside; the shard starts empty, recovering, and knows who it is", async () => {
    const { directory, files } = await filled();
    destroyLeaf(files[0]!, VALUES, PAGE);
    const size = statSync(files[0]!).size;
    const report = await quarantine(directory);
    expect(report.shards).toMatchObject([{ shard: 0, metaKept: true }]);
    expect(statSync(join(report.movedTo!, "shard-0-of-1.sqlite")).size).toBe(size);

    const opened = await openShards({ directory });
    const shard = opened.mailboxes[0]!;
    expect(opened.created).toBe(false);
    expect(await shard.stats()).toMatchObject({ epoch: 1, rows: 0 });
    expect((await shard.stats()).recoveringPartitions).toHaveLength(16);
    expect(await read(shard, "key 7")).toEqual({ values: [], recovering: true });
    expect(await shard.meta("")).toMatchObject({ entries: [{ key: "birth" }] });
    expect((await put(shard, "key 7", "again")).recovering).toBe(true);
    await opened.close();
  });

  test("goes on without what the node knew of itself when the header is gone, and says so", async () => {
    const { directory, files } = await filled();
    overwrite(files[0]!, 0, new Uint8Array(PAGE).fill(7));
    expect((await quarantine(directory)).shards).toMatchObject([{ shard: 0, metaKept: false }]);
    const opened = await openShards({ directory });
    await installRing(opened.mailboxes);
    expect((await opened.mailboxes[0]!.stats()).recoveringPartitions).toHaveLength(16);
    await opened.close();
  });

  test("leaves whole files alone", async () => {
    const { directory, files } = await filled(2);
    overwrite(files[1]!, 0, new Uint8Array(PAGE).fill(7));
    const report = await quarantine(directory);
    expect(report.shards.map(({ shard }) => shard)).toEqual([1]);
    expect(await quarantine(directory)).toEqual({ movedTo: undefined, shards: [] });
    const opened = await openShards({ directory });
    const [first, second] = await Promise.all(opened.mailboxes.map((shard) => shard.stats()));
    expect(first).toMatchObject({ epoch: 1, recoveringPartitions: [] });
    expect(second).toMatchObject({ epoch: 0 });
    await opened.close();
  });

  test("that was interrupted is refused at the start and ends when it is run again", async () => {
    const { directory, files } = await filled();
    const aside = join(directory, "quarantine-1");
    renameSync(files[0]!, `${files[0]}.new`);
    await expect(openShards({ directory })).rejects.toThrow("a quarantine was interrupted");
    await quarantine(directory);
    expect(existsSync(aside)).toBe(false);
    expect(readdirSync(directory).filter((name) => name.endsWith(".new"))).toEqual([]);
    const opened = await openShards({ directory });
    expect((await opened.mailboxes[0]!.stats()).recoveringPartitions).toHaveLength(16);
    await opened.close();
  });

  test("is refused while the node runs", async () => {
    const { directory } = await filled();
    const opened = await openShards({ directory });
    await expect(quarantine(directory)).rejects.toThrow("is in use by this process already");
    await opened.close();
  });
});
