import { SeededRandom, shuffle } from "@coterie/core";
import { compareStamps } from "@coterie/hybrid-clock";
import { compareDots } from "@coterie/vector-clock";
import { describe, expect, test } from "vitest";
import { playHistory } from "../test/history.ts";
import { type Causality, subsumes } from "./causality.ts";
import { EMPTY_VERSIONS, findOperation, mergeVersions } from "./merge.ts";
import { spreadTwins } from "./twins.ts";
import { live, type Mode, type VersionSet } from "./version.ts";
import { decodeVersions, encodeVersions } from "./version-codec.ts";

const HISTORIES = 800;
const MODES: readonly Mode[] = ["siblings", "lww"];

const describedBy = ({ context, siblings }: VersionSet): Causality => ({
  context,
  dots: spreadTwins(siblings).map(({ dot }) => dot),
});

describe.each(MODES)("whatever replicas go through in mode %s", (mode) => {
  test("their sets merge to the same in every order", () => {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const { sets, final } = playHistory(mode, seed, { foreseen: seed % 2 === 0 });
      const random = new SeededRandom(seed);
      const merge = (a: VersionSet, b: VersionSet): VersionSet => mergeVersions(mode, a, b);
      const once = shuffle(random, [...sets]).reduce(merge, EMPTY_VERSIONS);
      const half = shuffle(random, [...sets]);
      const left = half.splice(0, half.length >> 1).reduce(merge, EMPTY_VERSIONS);
      const right = half.reduce(merge, EMPTY_VERSIONS);
      expect(merge(left, right), `seed ${seed}`).toEqual(once);
      expect(encodeVersions(merge(right, left))).toEqual(encodeVersions(once));
      expect(merge(once, final)).toBe(once);
      expect(decodeVersions(encodeVersions(once))).toEqual(once);
    }
  });

  test("clocks alone tell whether merging would change anything", () => {
    let changing = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const { sets } = playHistory(mode, seed);
      for (const mine of sets.slice(-4)) {
        for (const other of sets.slice(-8)) {
          const unchanged = mergeVersions(mode, mine, other) === mine;
          if (!unchanged) changing++;
          expect(subsumes(describedBy(mine), describedBy(other)), `seed ${seed}`).toBe(unchanged);
        }
      }
    }
    expect(changing).toBeGreaterThan(HISTORIES);
  });
});

test("a reader sees an operation once, and every operation that nobody saw and wrote over", () => {
  let twins = 0;
  for (let seed = 0; seed < HISTORIES; seed++) {
    const { final, minted, replaced } = playHistory("siblings", seed);
    const seen = live(final, 0).map(({ operationId }) => operationId);
    expect(new Set(seen).size).toBe(seen.length);
    if (final.siblings.some((version) => version.twins !== undefined)) twins++;
    for (const { operationId } of minted) {
      if (!replaced.has(operationId)) {
        expect(findOperation(final, operationId), `seed ${seed}`).toBeDefined();
      }
    }
  }
  expect(twins).toBeGreaterThan(HISTORIES / 20);
});

test("an operation that may have been sent twice does not come back once it was seen and written over", () => {
  let back = 0;
  for (let seed = 0; seed < HISTORIES; seed++) {
    const { final, replaced } = playHistory("siblings", seed, { foreseen: true });
    for (const { operationId } of live(final, 0)) {
      expect(replaced.has(operationId), `seed ${seed}`).toBe(false);
    }
    const { final: unforeseen, replaced: gone } = playHistory("siblings", seed);
    back += live(unforeseen, 0).filter(({ operationId }) => gone.has(operationId)).length;
  }
  // What nobody foresees does come back: the histories are hard enough.
  expect(back).toBeGreaterThan(0);
});

test("in lww the version with the highest stamp of all that were minted is left", () => {
  for (let seed = 0; seed < HISTORIES; seed++) {
    const { final, minted } = playHistory("lww", seed);
    const latest = [...minted].sort(
      (a, b) => compareStamps(a.stamp, b.stamp) || compareDots(a.dot, b.dot),
    );
    expect(final.siblings, `seed ${seed}`).toEqual(latest.slice(-1));
  }
});
