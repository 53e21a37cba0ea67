import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsOf } from "./fair-share.ts";
import { type OwnerInput, ownersById } from "./owner.ts";

const caps = (owners: OwnerInput[], partitions: number, replicas: number): number[] => [
  ...boundsOf(ownersById(owners), partitions, replicas).caps,
];

describe("an owner's cap", () => {
  test.each<[string, OwnerInput[], number, number[]]>([
    [
      "is 1.05 times an equal share, rounded up",
      [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }],
      3,
      [807, 807, 807, 807],
    ],
    [
      "is every partition when there are no more owners than replicas",
      [{ id: "a" }, { id: "b" }],
      3,
      [1024, 1024],
    ],
    [
      "follows the weights",
      [{ id: "a", weight: 3 }, { id: "b" }, { id: "c" }, { id: "d" }],
      1,
      [538, 180, 180, 180],
    ],
    [
      "is every partition for one too heavy to fill its share, and the others take the rest",
      [{ id: "a", weight: 9 }, { id: "b" }, { id: "c" }, { id: "d" }],
      3,
      [1024, 717, 717, 717],
    ],
    [
      "is every partition for a zone of its own when each zone must hold one replica",
      [{ id: "a", zone: "lone" }, { id: "b" }, { id: "c" }, { id: "d" }],
      2,
      [1024, 359, 359, 359],
    ],
    [
      "leaves a small zone its small share when there are zones to choose from",
      [
        { id: "a", zone: "x" },
        { id: "b", zone: "y" },
        { id: "c", zone: "z", weight: 2 },
      ],
      1,
      [269, 269, 538],
    ],
    [
      "spreads what a full zone cannot take over the other zones",
      [
        { id: "a", zone: "x", weight: 5 },
        { id: "b", zone: "x", weight: 5 },
        { id: "c", zone: "y" },
        { id: "d", zone: "z" },
      ],
      2,
      [538, 538, 538, 538],
    ],
  ])("%s", (_, owners, replicas, expected) => {
    expect(caps(owners, 1024, replicas)).toEqual(expected);
  });
});

/** The share by bisection, in floating point: the same definition, another way there. */
function bisectedCaps(owners: readonly OwnerInput[], q: number, n: number): number[] {
  const copies = Math.min(n, owners.length);
  const zones = [...new Set(owners.map(({ zone }) => zone))].map((name) =>
    owners.filter(({ zone }) => zone === name),
  );
  const spare = copies - zones.length;
  const [floor, ceiling] = [spare >= 0 ? q : 0, q * (Math.max(0, spare) + 1)];
  const filled = (zone: readonly OwnerInput[], level: number): number =>
    zone.reduce((sum, { weight }) => sum + Math.min(q, level * weight!), 0);
  const clamped = (zone: readonly OwnerInput[], level: number): number =>
    Math.min(ceiling, Math.max(floor, filled(zone, level)));
  const solve = (heldAt: (level: number) => number, total: number): number => {
    let [low, high] = [0, q + 1];
    for (let i = 0; i < 200; i++) {
      const middle = (low + high) / 2;
      if (heldAt(middle) < total) low = middle;
      else high = middle;
    }
    return high;
  };
  const common = solve(
    (level) => zones.reduce((sum, zone) => sum + clamped(zone, level), 0),
    copies * q - 1e-9,
  );
  return owners.map((owner) => {
    const zone = zones.find((members) => members.includes(owner))!;
    const level = solve((l) => filled(zone, l), clamped(zone, common) - 1e-9);
    return Math.min(q, Math.ceil(1.05 * Math.min(q, level * owner.weight!) - 1e-7));
  });
}

test("shares are filled like water, zone by zone and within each", () => {
  const owner = fc.record({
    weight: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 })),
    zone: fc.constantFrom("", "a", "b", "c", "d", "e"),
  });
  fc.assert(
    fc.property(
      fc.array(owner, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(1, 2, 16, 256, 1024),
      fc.integer({ min: 1, max: 8 }),
      (drawn, q, n) => {
        const owners = ownersById(drawn.map((each, i) => ({ id: `n${i}`, ...each })));
        expect([...boundsOf(owners, q, n).caps]).toEqual(bisectedCaps(owners, q, n));
      },
    ),
    { numRuns: 500 },
  );
});
