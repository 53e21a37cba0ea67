import { CodecError } from "@coterie/core";
import { causalityOf, decodeVersions, mergeVersions } from "@coterie/versions";
import fc from "fast-check";
import { expect, test } from "vitest";
import { versions } from "../test/scripted-replicas.ts";
import { ReadMerge } from "./read-merge.ts";

const clock = (set: Uint8Array) => causalityOf(set);
const dots = (merge: ReadMerge) =>
  decodeVersions(merge.encoded).siblings.map(({ dot }) => `${dot.actor[0]}${dot.counter}`);

test("an equal clock is known and nothing is stale", () => {
  const merge = new ReadMerge("siblings");
  const set = versions(["a1"]);
  expect(merge.addVersions("a", set)).toEqual(["a"]);
  expect(merge.addClock("b", clock(set))).toEqual(["b"]);
  expect([merge.holds("b"), merge.takeStale()]).toEqual([true, []]);
  expect(merge.encoded).toBe(set);
});

test("a clock that the set covers is known, and its node is stale once", () => {
  const merge = new ReadMerge("siblings");
  merge.addVersions("a", versions(["a2"], ["a1"]));
  expect(merge.addClock("b", clock(versions(["a1"])))).toEqual(["b"]);
  expect(merge.addClock("c", undefined)).toEqual(["c"]);
  expect([merge.takeStale(), merge.takeStale()]).toEqual([["b", "c"], []]);
});

test("a clock with a sibling that is not in hand waits for the versions", () => {
  const merge = new ReadMerge("siblings");
  merge.addVersions("a", versions(["a1"]));
  const newer = versions(["a1", "b1"]);
  expect(merge.addClock("b", clock(newer))).toEqual([]);
  expect(merge.addClock("c", clock(newer))).toEqual([]);
  expect(merge.unresolved).toEqual(["b", "c"]);
  expect(merge.addVersions("b", newer)).toEqual(["b", "c"]);
  expect([dots(merge), merge.unresolved, merge.takeStale()]).toEqual([["a1", "b1"], [], ["a"]]);
});

test("a clock that has seen a version go waits as well", () => {
  const merge = new ReadMerge("siblings");
  merge.addVersions("a", versions(["a1", "b1"]));
  expect(merge.addClock("b", clock(versions(["b1"], ["a1"])))).toEqual([]);
});

test("clocks that come before any set wait, unless they are empty", () => {
  const merge = new ReadMerge("siblings");
  const set = versions(["a1"]);
  expect(merge.addClock("b", clock(set))).toEqual([]);
  expect(merge.addClock("c", undefined)).toEqual(["c"]);
  expect(merge.hasVersions).toBe(false);
  expect(merge.addVersions("a", set)).toEqual(["a", "b"]);
});

test("concurrent sets are merged, and both nodes are stale", () => {
  const merge = new ReadMerge("siblings");
  merge.addVersions("a", versions(["a1"]));
  merge.addVersions("b", versions(["b1"]));
  expect([dots(merge), merge.takeStale()]).toEqual([
    ["a1", "b1"],
    ["a", "b"],
  ]);
});

test("without any row the merged set is empty", () => {
  const merge = new ReadMerge("siblings");
  merge.addVersions("a", undefined);
  merge.addClock("b", undefined);
  expect([merge.isEmpty, dots(merge), merge.takeStale()]).toEqual([true, [], []]);
});

test("bytes that are no version set are a CodecError and change nothing", () => {
  const merge = new ReadMerge("siblings");
  expect(() => merge.addVersions("a", new Uint8Array([9, 9]))).toThrow(CodecError);
  expect(() => merge.addClock("b", new Uint8Array([9, 9]))).toThrow(CodecError);
  expect([merge.hasVersions, merge.takeStale()]).toEqual([false, []]);
});

test("in whatever order sets and clocks come, and whoever sends which, all known comes to the full merge", () => {
  const DOTS = ["a1", "a2", "b1", "b2", "c1"];
  const anySet = fc.tuple(fc.subarray(DOTS), fc.subarray(DOTS)).map(([seen, gone]) =>
    versions(
      seen.filter((dot) => !gone.includes(dot)),
      gone,
    ),
  );
  const replicas = fc.array(
    fc.record({ set: anySet, first: fc.constantFrom("versions", "clock") }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(replicas, (all) => {
      const merge = new ReadMerge("siblings");
      const known = new Set<string>();
      for (const [i, { set, first }] of all.entries()) {
        const said =
          first === "versions"
            ? merge.addVersions(`${i}`, set)
            : merge.addClock(`${i}`, clock(set));
        for (const node of said) known.add(node);
      }
      for (const node of merge.unresolved) {
        for (const other of merge.addVersions(node, all[Number(node)]!.set)) known.add(other);
      }
      expect(known.size).toBe(all.length);
      const whole = all
        .map(({ set }) => decodeVersions(set))
        .reduce((a, b) => mergeVersions("siblings", a, b));
      expect(decodeVersions(merge.encoded)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});
