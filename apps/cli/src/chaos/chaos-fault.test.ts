import { SeededRandom } from "@coterie/core";
import { describe, expect, test } from "vitest";
import { CHAOS_FAULTS, type ChaosFault, drawFault } from "./chaos-fault.ts";

const NODES = ["n1", "n2", "n3", "n4", "n5"];

function drawn(seed: number): ChaosFault[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: 500 }, () => drawFault(random, CHAOS_FAULTS, NODES));
}

describe("the faults of a seed", () => {
  test("are the same each time, and of every kind", () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(8)).not.toEqual(drawn(7));
    expect(new Set(drawn(7).map(({ kind }) => kind))).toEqual(new Set(CHAOS_FAULTS));
  });

  test("never take the disk of the node that founded the cluster", () => {
    const losses = ["wipe", "ringReplace"];
    const wiped = drawn(9).flatMap((fault) =>
      losses.includes(fault.kind) && "node" in fault ? [fault.node] : [],
    );
    expect(new Set(wiped)).toEqual(new Set(NODES.slice(1)));
  });

  test("part the network into two sides that are all nodes together", () => {
    for (const fault of drawn(10)) {
      if (fault.kind !== "partition") continue;
      expect(fault.some.length * fault.others.length).toBeGreaterThan(0);
      expect([...fault.some, ...fault.others].sort()).toEqual(NODES);
    }
  });
});
