import { decodeVersions, encodeVersions, type Version } from "@coterie/versions";
import { expect, test } from "vitest";
import { merge, operationId, put, readRow, setOf, start } from "../test/fixture.ts";

test("a merge that brings nothing new writes nothing", () => {
  const opened = start();
  const { versions } = put(opened.engine, "1");
  const unsynced = start({ store: opened.store.reopen() });
  opened.store.syncOnCommit = false;
  expect(merge(unsynced.engine, versions)).toMatchObject({ type: "merged", versions });
  expect(opened.store.unsyncedCommits).toBe(0);
});

test("a set that replaces the row is stored as it was sent", () => {
  const [a, b] = [start({ self: "a" }), start({ self: "b" })];
  const first = put(a.engine, "1");
  merge(b.engine, first.versions);
  const second = put(a.engine, "2", { context: first.context });
  expect(merge(b.engine, second.versions)).toMatchObject({ versions: second.versions });
  expect(readRow(b.engine).versions).toEqual(second.versions);
});

test("of two sets with the same clocks the one that is here stays", () => {
  const { engine } = start();
  const { versions } = put(engine, "1");
  const set = setOf(versions);
  const [version] = set.siblings;
  const other = { ...version!, value: Uint8Array.of(9) };
  merge(engine, encodeVersions({ context: set.context, siblings: [other] }));
  expect(readRow(engine).versions).toEqual(versions);
});

test("what one sibling of a set follows is dropped from the set, also where no row was", () => {
  const [a, b] = [start({ self: "a" }), start({ self: "b" })];
  put(a.engine, "1");
  const { context, siblings } = setOf(put(a.engine, "2").versions);
  const [one, two] = siblings as [Version, Version];
  const follows = [one.operationId, operationId()];
  const sent = encodeVersions({ context, siblings: [one, { ...two, follows }] });
  merge(b.engine, sent);
  expect(readRow(b.engine).versions).toEqual(encodeVersions(decodeVersions(sent)));
  expect(setOf(readRow(b.engine).versions).siblings).toHaveLength(1);
});
