import { describe, expect, it } from "vitest";
import { FAULT_KINDS } from "../src/fault.ts";
import { simulate } from "../src/simulation.ts";

describe("clusters under all faults at once keep what they promise", () => {
  it.each(Array.from({ length: 10 }, (_, i) => i + 1))("seed %i", async (seed) => {
    const { violations } = await simulate({ seed, nodes: 5, operations: 200, faults: FAULT_KINDS });
    expect(violations).toEqual([]);
  });
});

it("a cluster without faults refuses nothing and leaves nothing in doubt", async () => {
  const { calls, violations } = await simulate({ seed: 1, nodes: 5, operations: 300, faults: [] });
  expect(violations).toEqual([]);
  expect(Object.keys(calls).sort()).toEqual(["delete ok", "get ok", "put ok"]);
});

it("three nodes, so that nobody can stand in, keep what they promise", async () => {
  const { violations } = await simulate({
    seed: 7,
    nodes: 3,
    operations: 300,
    faults: FAULT_KINDS,
  });
  expect(violations).toEqual([]);
});
