import fc from "fast-check";
import { expect, test } from "vitest";
import { type QuorumShape, QuorumTally } from "./quorum-tally.ts";

const NODES = ["a", "b", "c", "d", "e", "f"];

const shapes: fc.Arbitrary<QuorumShape> = fc
  .record({
    groups: fc.array(
      fc.record({
        primaries: fc.subarray(NODES, { minLength: 1, maxLength: 5 }),
        required: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    strict: fc.boolean(),
  })
  .map(({ groups, strict }) => ({
    groups,
    strict,
    fallbacks: NODES.filter((node) => !groups.some(({ primaries }) => primaries.includes(node))),
  }));

const answers = fc.array(fc.boolean(), { minLength: NODES.length, maxLength: NODES.length });
const orders = fc.shuffledSubarray(NODES, { minLength: NODES.length, maxLength: NODES.length });

test("replies in any order come to the same outcome, and an outcome once reached or unreachable stays", () => {
  fc.assert(
    fc.property(shapes, answers, orders, orders, (shape, counts, one, other) => {
      const run = (order: readonly string[]) => {
        const tally = new QuorumTally(shape);
        let settled = tally.outcome.type;
        for (const node of order) {
          const role = shape.fallbacks.includes(node) ? "fallback" : "primary";
          tally.settle(node, role, counts[NODES.indexOf(node)]!);
          if (settled !== "pending") expect(tally.outcome.type).toBe(settled);
          settled = tally.outcome.type;
        }
        return tally.outcome;
      };
      const outcome = run(one);
      expect(outcome.type).not.toBe("pending");
      expect(run(other).type).toBe(outcome.type);
    }),
    { numRuns: 500 },
  );
});

test("it is reached exactly when every group has its number of distinct nodes", () => {
  fc.assert(
    fc.property(shapes, answers, orders, (shape, counts, order) => {
      const tally = new QuorumTally(shape);
      const said = (node: string): boolean => counts[NODES.indexOf(node)]!;
      for (const node of order) {
        tally.settle(node, shape.fallbacks.includes(node) ? "fallback" : "primary", said(node));
      }
      const met = shape.groups.every(({ primaries, required }) => {
        const standing = shape.strict ? [] : shape.fallbacks;
        return [...primaries, ...standing].filter(said).length >= required;
      });
      expect(tally.outcome.type).toBe(met ? "reached" : "unreachable");
    }),
    { numRuns: 500 },
  );
});

test("a node that answers twice counts once", () => {
  const shape = {
    groups: [{ primaries: ["a", "b", "c"], required: 2 }],
    strict: true,
    fallbacks: [],
  };
  const tally = new QuorumTally(shape);
  tally.settle("a", "primary", true);
  tally.settle("a", "primary", true);
  expect(tally.outcome).toEqual({ type: "pending" });
  expect(tally.progress).toEqual({ required: 2, received: 1 });
});

test("during a ring change W of the old owners do not make up for the new ones", () => {
  const tally = new QuorumTally({
    groups: [
      { primaries: ["a", "b", "c"], required: 2 },
      { primaries: ["b", "c", "d"], required: 2 },
    ],
    strict: true,
    fallbacks: [],
  });
  tally.settle("a", "primary", true);
  tally.settle("b", "primary", true);
  expect(tally.outcome).toEqual({ type: "pending" });
  tally.settle("d", "primary", true);
  expect(tally.outcome).toEqual({ type: "reached" });
});

test("unreachable says by how much the group that lacks the most fell short", () => {
  const tally = new QuorumTally({
    groups: [{ primaries: ["a", "b", "c"], required: 3 }],
    strict: true,
    fallbacks: [],
  });
  tally.settle("a", "primary", true);
  tally.settle("b", "primary", false);
  expect(tally.outcome).toEqual({ type: "unreachable", required: 3, received: 1 });
});

test("a ring with fewer owners than the number required is unreachable from the start", () => {
  const tally = new QuorumTally({
    groups: [{ primaries: ["a"], required: 2 }],
    strict: true,
    fallbacks: [],
  });
  expect(tally.outcome).toEqual({ type: "unreachable", required: 2, received: 0 });
});

test("a fallback counts in a sloppy quorum and not in a strict one", () => {
  const groups = [{ primaries: ["a", "b", "c"], required: 2 }];
  const run = (strict: boolean) => {
    const tally = new QuorumTally({ groups, strict, fallbacks: ["d"] });
    tally.settle("a", "primary", true);
    tally.settle("d", "fallback", true);
    return tally.outcome.type;
  };
  expect([run(false), run(true)]).toEqual(["reached", "pending"]);
});
