import { expect, test } from "vitest";
import { ACTORS, clockOf, stampAt, versionOf } from "../test/arbitraries.ts";
import { mergeVersions } from "./merge.ts";
import { isLive, live, type Version, type VersionSet } from "./version.ts";

const A = ACTORS[0]!;
const B = ACTORS[1]!;
const plain = { tombstone: false, expiresAtMs: undefined };
const version = (actor: string, counter: number, over: Partial<Version>): Version =>
  versionOf(
    { actor, counter },
    { ...plain, operationId: `${actor}${counter}`.padEnd(32, "0"), ...over },
  );

test("a reader sees neither tombstones nor what has expired", () => {
  const kept = version(A, 1, {});
  const deleted = version(A, 2, { tombstone: true, value: new Uint8Array(0) });
  const expiring = version(B, 1, { expiresAtMs: 5_000 });
  const siblings = [kept, deleted, expiring];
  const set: VersionSet = { context: clockOf(siblings.map(({ dot }) => dot)), siblings };
  expect(live(set, 4_999)).toEqual([kept, expiring]);
  expect(live(set, 5_000)).toEqual([kept]);
  expect([isLive(expiring, 4_999), isLive(expiring, 5_000), isLive(deleted, 0)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("what has expired is a tombstone: it goes on covering what it replaced (trap 19)", () => {
  const old = version(A, 1, {});
  const expiring = version(A, 2, { expiresAtMs: 5_000, stamp: stampAt(9_000) });
  const stale: VersionSet = { context: clockOf([old.dot]), siblings: [old] };
  const current: VersionSet = { context: clockOf([old.dot, expiring.dot]), siblings: [expiring] };
  for (const mode of ["siblings", "lww"] as const) {
    const merged = mergeVersions(mode, stale, current);
    expect(live(merged, 6_000)).toEqual([]);
    expect(merged).toEqual(current);
  }
});
