import { expect, test } from "vitest";
import { merge, put, start } from "../test/fixture.ts";

test("a merge that brings nothing new writes nothing", () => {
  const opened = start();
  const { versions } = put(opened.engine, "1");
  const unsynced = start({ store: opened.store.reopen() });
  opened.store.syncOnCommit = false;
  expect(merge(unsynced.engine, versions)).toMatchObject({ type: "merged", versions });
  expect(opened.store.unsyncedCommits).toBe(0);
});
