import fc from "fast-check";
import { expect, test } from "vitest";
import { type Candidate, ReadQuorum } from "./read-quorum.ts";

const CANDIDATES: Candidate[] = ["a", "b", "c"].map((node) => ({ node, role: "primary" }));

function quorum(required: number): ReadQuorum {
  return new ReadQuorum({
    groups: [{ primaries: ["a", "b", "c"], required }],
    strict: true,
    fallbacks: [],
  });
}

function nodes(candidates: readonly Candidate[]): string[] {
  return candidates.map(({ node }) => node);
}

test("a recovering replica never completes a read [trap 14b]", () => {
  const read = quorum(2);
  read.choose(CANDIDATES);
  read.add({ node: "a", role: "primary", type: "counted" });
  read.add({ node: "b", role: "primary", type: "recovering" });
  expect(read.outcome).toEqual({ type: "pending" });
  read.choose(CANDIDATES);
  read.add({ node: "c", role: "primary", type: "recovering" });
  expect(read.outcome).toEqual({ type: "unreachable", required: 2, received: 1 });
});

test("it asks the R best, and the next one for each that fails", () => {
  const read = quorum(2);
  expect(nodes(read.choose(CANDIDATES))).toEqual(["a", "b"]);
  expect(nodes(read.choose(CANDIDATES))).toEqual([]);
  read.add({ node: "a", role: "primary", type: "failed" });
  expect(nodes(read.choose(CANDIDATES))).toEqual(["c"]);
});

test("a spare is somebody who was not asked yet", () => {
  const read = quorum(2);
  read.choose(CANDIDATES);
  const spare = read.spare(CANDIDATES);
  expect(spare?.node).toBe("c");
  read.ask(spare!);
  expect(read.spare(CANDIDATES)).toBeUndefined();
  expect(read.awaited).toEqual(["a", "b", "c"]);
});

test("with two groups it asks the fewest that complete both", () => {
  const read = new ReadQuorum({
    groups: [
      { primaries: ["a", "b", "c"], required: 2 },
      { primaries: ["c", "d", "e"], required: 1 },
    ],
    strict: true,
    fallbacks: [],
  });
  const ranked = ["c", "a", "d", "b", "e"].map((node): Candidate => ({ node, role: "primary" }));
  expect(nodes(read.choose(ranked))).toEqual(["c", "a"]);
});

test("whom it asks suffices: it is reached when all that are asked answer, whatever fails before", () => {
  const types = fc.array(fc.constantFrom("counted", "recovering", "failed"), {
    minLength: 3,
    maxLength: 3,
  });
  fc.assert(
    fc.property(types, fc.integer({ min: 1, max: 3 }), (said, required) => {
      const read = quorum(required);
      const queue = [...read.choose(CANDIDATES)];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const type = said[CANDIDATES.indexOf(next)] as "counted" | "recovering" | "failed";
        read.add({ ...next, type });
        queue.push(...read.choose(CANDIDATES));
      }
      const counted = said.filter((type) => type === "counted").length;
      expect(read.outcome.type).toBe(counted >= required ? "reached" : "unreachable");
      expect(read.acknowledged.length).toBeLessThanOrEqual(required);
    }),
    { numRuns: 300 },
  );
});
