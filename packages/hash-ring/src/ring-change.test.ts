import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OwnerInput } from "./owner.ts";
import { Ring, type RingOptions } from "./ring.ts";
import { compareRings } from "./ring-change.ts";

const nodes = (count: number, prefix = "node-"): OwnerInput[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${prefix}${i + 1}` }));

function change(before: OwnerInput[], after: OwnerInput[], options: RingOptions) {
  return compareRings(Ring.build(before, options), Ring.build(after, options));
}

describe("compareRings", () => {
  test("the same owners move nothing", () => {
    expect(change(nodes(5), nodes(5).reverse(), { partitions: 64, replicas: 3 })).toEqual({
      gained: new Map(),
      lost: new Map(),
      movedReplicas: 0,
      minimumReplicas: 0,
    });
  });

  test("a node that joins fewer than N others copies everything and takes nothing away", () => {
    expect(change(nodes(2), nodes(3), { partitions: 4, replicas: 3 })).toEqual({
      gained: new Map([["node-3", [0, 1, 2, 3]]]),
      lost: new Map(),
      movedReplicas: 4,
      minimumReplicas: 4,
    });
  });

  test("a node that leaves loses all it had, and the others gain it", () => {
    const options = { partitions: 256, replicas: 3 };
    const held = Ring.build(nodes(6), options).partitionsOf("node-6");
    const { gained, lost } = change(nodes(6), nodes(5), options);
    expect(lost.get("node-6")).toEqual(held);
    expect(gained.has("node-6")).toBe(false);
    for (const partition of held) {
      expect([...gained.values()].some((partitions) => partitions.includes(partition))).toBe(true);
    }
  });

  test("what is gained and lost leads exactly from one ring to the other", () => {
    const owners = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom(..."abcdefghijklmnop"),
        weight: fc.integer({ min: 1, max: 3 }),
        zone: fc.constantFrom("", "x", "y"),
      }),
      { selector: ({ id }) => id, minLength: 1 },
    );
    const replicas = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(owners, owners, replicas, (from, to, n) => {
        const options = { partitions: 32, replicas: n };
        const [before, after] = [Ring.build(from, options), Ring.build(to, options)];
        const { gained, lost, movedReplicas, minimumReplicas } = compareRings(before, after);
        for (const id of "abcdefghijklmnop") {
          const kept = before.partitionsOf(id).filter((p) => !lost.get(id)?.includes(p));
          const held = [...kept, ...(gained.get(id) ?? [])].sort((a, b) => a - b);
          expect(held).toEqual(after.partitionsOf(id));
        }
        expect(movedReplicas).toBe([...gained.values()].flat().length);
        expect(minimumReplicas).toBeLessThanOrEqual(movedReplicas);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [
      { partitions: 8, replicas: 3 },
      { partitions: 16, replicas: 3 },
    ],
    [
      { partitions: 8, replicas: 3 },
      { partitions: 8, replicas: 2 },
    ],
  ])("rings of another Q or N are not compared: %o, %o", (one, other) => {
    const rings = [one, other].map((options) => Ring.build(nodes(3), options));
    expect(() => compareRings(rings[0]!, rings[1]!)).toThrow(RangeError);
  });
});

describe("a join and a leave, N=3 and Q=1024", () => {
  const options = { partitions: 1024, replicas: 3 };
  const ratios = (prefix: string): number[] =>
    Array.from({ length: 18 }, (_, i) => {
      const { movedReplicas, minimumReplicas } = change(
        nodes(3 + i, prefix),
        nodes(4 + i, prefix),
        options,
      );
      return movedReplicas / minimumReplicas;
    });

  test("from 3 to 21 nodes each join moves at most 1.1 times the minimum, 1.04 on average", () => {
    const all = ["node-", "n", "host", "10.0.0."].flatMap(ratios);
    expect(Math.max(...all)).toBeLessThanOrEqual(1.1);
    expect(all.reduce((sum, each) => sum + each, 0) / all.length).toBeLessThanOrEqual(1.04);
  });

  test("a leave moves as many replicas as the join that it undoes", () => {
    const join = change(nodes(11), nodes(12), options);
    const leave = change(nodes(12), nodes(11), options);
    expect(leave).toEqual({ ...join, gained: join.lost, lost: join.gained });
  });

  test("a newcomer among 64 nodes moves less than 1.6 times the minimum", () => {
    const { movedReplicas, minimumReplicas } = change(nodes(64), nodes(65), options);
    expect(movedReplicas / minimumReplicas).toBeLessThan(1.6);
  });
});
