import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
