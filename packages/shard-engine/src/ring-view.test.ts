import { describe, expect, test } from "vitest";
import { type RingRecord, stableRing } from "./ring-record.ts";
import { RingView } from "./ring-view.ts";

const PARTITIONS = 32;
const owners = (...ids: string[]) => ids.map((id) => ({ id, weight: 1, zone: "" }));
const STABLE = stableRing({ epoch: 1, partitions: PARTITIONS, owners: owners("a", "b", "c") });
const CHANGE = {
  id: "0123456789abcdef",
  kind: "replace",
  nodes: ["a", "d"],
  acceptLoss: false,
  aborting: false,
  paused: false,
} as const;
const under = (phase: "joining" | "switched", next: string[]): RingView => {
  const record: RingRecord = { ...STABLE, phase, next: owners(...next), change: CHANGE };
  return new RingView(record);
};
const eachPartition = [...Array(PARTITIONS).keys()];

describe("placement under a ring record", () => {
  test("of a stable ring has one group, of N owners", () => {
    const view = new RingView(STABLE);
    for (const n of [1, 2, 3]) {
      for (const p of eachPartition) {
        const primaries = view.ring(n).primaries(p);
        expect(primaries).toHaveLength(n);
        expect(view.writeGroups(p, n)).toEqual([primaries]);
        expect(view.readGroups(p, n)).toEqual([primaries]);
        expect(view.primaries(p, n)).toEqual(primaries);
        expect([...primaries, ...view.fallbacks(p, n)]).toEqual(view.ring(n).preferenceList(p));
        expect(["a", "b", "c", "d"].filter((id) => view.owns(id, p, n))).toEqual(
          primaries.toSorted(),
        );
        expect(view.gainers(p, n)).toEqual([]);
        expect(view.losers(p, n)).toEqual([]);
      }
    }
  });

  test("has the old owners and, during a change, the new", () => {
    const has = (view: RingView) => ["a", "b", "c", "d", "e"].filter((id) => view.hasOwner(id));
    expect(has(new RingView(STABLE))).toEqual(["a", "b", "c"]);
    expect(has(under("joining", ["b", "c", "d"]))).toEqual(["a", "b", "c", "d"]);
    expect(has(under("switched", ["b", "c", "d"]))).toEqual(["a", "b", "c", "d"]);
  });

  test("writes to old and new owners until the change is over, and reads the old until it has switched [§9]", () => {
    const joining = under("joining", ["b", "c", "d"]);
    const switched = under("switched", ["b", "c", "d"]);
    for (const n of [1, 2, 3]) {
      let moved = 0;
      for (const p of eachPartition) {
        const old = joining.ring(n).primaries(p);
        const next = joining.nextRing(n)!.primaries(p);
        const differ = next.some((id) => !old.includes(id));
        if (differ) moved++;
        for (const view of [joining, switched]) {
          expect(view.writeGroups(p, n)).toEqual(differ ? [old, next] : [old]);
          expect([...view.primaries(p, n)].sort()).toEqual([...new Set([...old, ...next])].sort());
          expect(view.gainers(p, n)).toEqual(next.filter((id) => !old.includes(id)));
          expect(view.losers(p, n)).toEqual(old.filter((id) => !next.includes(id)));
          for (const id of ["a", "b", "c", "d", "e"]) {
            expect(view.owns(id, p, n)).toBe(view.primaries(p, n).includes(id));
          }
        }
        expect(joining.readGroups(p, n)).toEqual([old]);
        expect(switched.readGroups(p, n)).toEqual([next]);
      }
      expect(moved).toBeGreaterThan(0);
    }
  });

  test("lets those alone stand in that are no primary, old or new", () => {
    const view = under("joining", ["b", "c", "d"]);
    for (const p of eachPartition) {
      const all = [...view.primaries(p, 1), ...view.fallbacks(p, 1)];
      expect(all.toSorted()).toEqual(["a", "b", "c", "d"]);
    }
  });

  test("lets many nodes gain something when one joins, since loads are bounded [§9, rule 1]", () => {
    const view = under("joining", ["a", "b", "c", "d"]);
    const gainers = new Set(eachPartition.flatMap((p) => view.gainers(p, 2)));
    expect(gainers).toContain("d");
    const moved = eachPartition.filter((p) => view.gainers(p, 2).length > 0);
    expect(moved.length).toBeLessThan(PARTITIONS);
    for (const p of moved) expect(view.losers(p, 2)).toHaveLength(view.gainers(p, 2).length);
  });
});
