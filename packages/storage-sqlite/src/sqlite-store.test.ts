import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import { orderedStoreContract } from "@coterie/shard-engine/testing";
import { afterAll, describe, expect, test } from "vitest";
import { SqliteStore } from "./sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "coterie-store-"));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const newFile = (): string => join(directory, `${files++}.sqlite`);

orderedStoreContract({ describe, test, expect }, "SqliteStore", () => {
  const file = newFile();
  const store = SqliteStore.open(file);
  return {
    store,
    reopen: () => {
      store.close();
      return SqliteStore.open(file);
    },
  };
});

describe("SqliteStore", () => {
  const KEY = Uint8Array.of(1);

  test("a file has one connection: a second one is refused, also of this process", () => {
    const store = SqliteStore.open(newFile());
    expect(() => SqliteStore.open(store.file)).toThrow(`${store.file} is in use`);
    store.close();
    SqliteStore.open(store.file).close();
  });

  test("says how much it holds and how long its commits took", () => {
    const store = SqliteStore.open(newFile());
    const transaction = store.begin();
    transaction.put("rows", KEY, new Uint8Array(20_000));
    transaction.delete("meta", KEY);
    transaction.commit();
    const stats = store.stats();
    expect(stats).toMatchObject({ commits: 1, failedCommits: 0, writes: 2 });
    expect(stats.walBytes).toBeGreaterThan(20_000);
    expect(stats.commitMs).toBeGreaterThan(0);
    expect(stats.commitMsMax).toBe(stats.commitMs);
    store.close();
    expect(SqliteStore.open(store.file).stats()).toMatchObject({ commits: 0, walBytes: 0 });
  });

  test("a directory that is not there is refused with the file's name", () => {
    const file = join(directory, "nowhere", "x.sqlite");
    expect(() => SqliteStore.open(file)).toThrow(file);
    expect(() => SqliteStore.open(file)).toThrow(StorageError);
  });

  test("both durabilities keep what was committed over a reopen", () => {
    for (const durability of ["full", "normal"] as const) {
      const store = SqliteStore.open(newFile(), { durability });
      const transaction = store.begin();
      transaction.put("rows", KEY, KEY);
      transaction.commit();
      store.close();
      const again = SqliteStore.open(store.file, { durability });
      expect([...again.begin().get("rows", KEY)!]).toEqual([1]);
      again.close();
    }
  });
});
