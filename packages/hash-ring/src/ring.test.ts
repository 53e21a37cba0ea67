import { xxh64 } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsOf } from "./fair-share.ts";
import type { OwnerInput } from "./owner.ts";
import { Ring } from "./ring.ts";
import { walkOrders } from "./walk.ts";

const nodes = (count: number): OwnerInput[] =>
  Array.from({ length: count }, (_, i) => ({ id: `node-${i + 1}` }));

/** Zones as clusters have them: none, a lone node beside the rest, two, a few, one for each node. */
const zoning = fc.constantFrom<(i: number) => string>(
  () => "",
  (i) => (i === 0 ? "lone" : ""),
  (i) => `z${i % 2}`,
  (i) => `z${i % 3}`,
  (i) => `z${Math.floor(Math.sqrt(i))}`,
  (i) => (i % 2 === 0 ? "big" : `z${i % 7}`),
  (i) => `z${i}`,
);
const weighing = fc.constantFrom<(i: number) => number>(
  () => 1,
  (i) => 1 + (i % 3),
  (i) => (i === 1 ? 40 : 1),
  (i) => 1 + ((i * 7) % 13),
);
const shape = fc.record({
  owners: fc
    .tuple(
      fc.integer({ min: 1, max: 64 }),
      zoning,
      weighing,
      fc.constantFrom("n", "10.0.0.", "host-"),
    )
    .map(([count, zone, weight, prefix]) =>
      Array.from({ length: count }, (_, i) => ({
        id: `${prefix}${i}`,
        zone: zone(i),
        weight: weight(i),
      })),
    ),
  partitions: fc.integer({ min: 0, max: 10 }).map((bits) => 2 ** bits),
  replicas: fc.integer({ min: 1, max: 7 }),
});

const listsOf = (ring: Ring): (readonly string[])[] =>
  Array.from({ length: ring.partitions }, (_, p) => ring.preferenceList(p));

describe("Ring, for 1 to 64 nodes, any weights and zones, N from 1 to 7 and Q from 1 to 1024", () => {
  const property = (check: (ring: Ring, zoneOf: ReadonlyMap<string, string>) => void): void =>
    fc.assert(
      fc.property(shape, ({ owners, partitions, replicas }) => {
        const ring = Ring.build(owners, { partitions, replicas });
        check(ring, new Map(owners.map(({ id, zone }) => [id, zone])));
      }),
      { numRuns: 120 },
    );

  test("a preference list names every owner once, and its head of min(N, owners) are the primaries", () => {
    property((ring) => {
      const ids = ring.owners.map(({ id }) => id);
      const copies = Math.min(ring.replicas, ids.length);
      listsOf(ring).forEach((list, p) => {
        expect([...list].sort()).toEqual(ids);
        expect(ring.primaries(p)).toEqual(list.slice(0, copies));
      });
    });
  });

  test("as long as zones are left, a preference list goes on to another zone", () => {
    property((ring, zoneOf) => {
      const zones = new Set(zoneOf.values()).size;
      for (const list of listsOf(ring)) {
        expect(new Set(list.slice(0, zones).map((id) => zoneOf.get(id))).size).toBe(zones);
      }
    });
  });

  test("no owner is primary of more partitions than its cap, which never has to yield", () => {
    property((ring) => {
      const { caps } = boundsOf(ring.owners, ring.partitions, ring.replicas);
      ring.owners.forEach(({ id }, i) => {
        expect(ring.partitionsOf(id).length).toBeLessThanOrEqual(caps[i]!);
        expect(ring.capOf(id)).toBe(caps[i]);
      });
      expect(ring.capOf("nobody")).toBe(0);
    });
  });

  test("who takes another's seat takes its place in every list", () => {
    fc.assert(
      fc.property(shape, fc.nat(), ({ owners, partitions, replicas }, drawn) => {
        const leaver = owners[drawn % owners.length]!;
        const ring = Ring.build(owners, { partitions, replicas });
        const comers = owners.map((owner) =>
          owner === leaver ? { ...owner, id: "a-newcomer", seat: owner.id } : owner,
        );
        const lists = listsOf(Ring.build(comers, { partitions, replicas }));
        const renamed = (id: string): string => (id === leaver.id ? "a-newcomer" : id);
        expect(lists).toEqual(listsOf(ring).map((list) => list.map(renamed)));
      }),
      { numRuns: 60 },
    );
  });

  test("both parts of a preference list are in walk order, unseen zones before the others", () => {
    property((ring, zoneOf) => {
      const orders = walkOrders(ring.owners, ring.partitions);
      const count = ring.owners.length;
      const copies = Math.min(ring.replicas, count);
      listsOf(ring).forEach((list, p) => {
        const walk = [...orders.subarray(p * count, (p + 1) * count)].map(
          (i) => ring.owners[i]!.id,
        );
        const seen = new Set<string | undefined>();
        const expected = [list.slice(0, copies), list.slice(copies)].flatMap((part) => {
          const inWalkOrder = walk.filter((id) => part.includes(id));
          const isNew = (id: string): boolean => seen.size < seen.add(zoneOf.get(id)).size;
          const fresh = inWalkOrder.filter(isNew);
          return [...fresh, ...inWalkOrder.filter((id) => !fresh.includes(id))];
        });
        expect(list).toEqual(expected);
      });
    });
  });

  test("owns, partitionsOf and primaries say the same", () => {
    property((ring) => {
      for (const { id } of ring.owners) {
        const owned = listsOf(ring).flatMap((_, p) => (ring.primaries(p).includes(id) ? [p] : []));
        expect(ring.partitionsOf(id)).toEqual(owned);
        expect(listsOf(ring).flatMap((_, p) => (ring.owns(id, p) ? [p] : []))).toEqual(owned);
      }
    });
  });

  test("placement depends on the set of owners, not on the order in which they are named", () => {
    const shuffled = shape.chain(({ owners, ...options }) =>
      fc.tuple(
        fc.constant({ owners, options }),
        fc.shuffledSubarray(owners, { minLength: owners.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ owners, options }, otherOrder]) => {
        expect(listsOf(Ring.build(otherOrder, options))).toEqual(
          listsOf(Ring.build(owners, options)),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("Ring", () => {
  test("round the seam too, no node holds a partition twice: 16 partitions over 5 nodes", () => {
    for (let replicas = 1; replicas <= 7; replicas++) {
      const ring = Ring.build(nodes(5), { partitions: 16, replicas });
      for (const p of [...Array(16).keys()]) {
        expect(new Set(ring.primaries(p)).size).toBe(Math.min(5, replicas));
      }
    }
  });

  test("a zone of one node holds every partition when two zones must", () => {
    const owners = [{ id: "alone", zone: "cellar" }, ...nodes(6)];
    const ring = Ring.build(owners, { partitions: 256, replicas: 3 });
    expect(ring.partitionsOf("alone").length).toBe(256);
  });

  test("a node of three times the weight holds as much of its share as the others' caps leave it", () => {
    const owners = [...nodes(9), { id: "big", weight: 3 }];
    const ring = Ring.build(owners, { partitions: 1024, replicas: 3 });
    expect(ring.partitionsOf("big").length).toBeGreaterThanOrEqual(3 * 1024 - 9 * 269);
    expect(ring.partitionsOf("big").length).toBeLessThanOrEqual(807);
  });

  test("where walks find only full owners, room is made: the cap holds on 5 uneven nodes", () => {
    const owners = nodes(5).map((owner, i) => ({ ...owner, weight: 1 + (i % 4) }));
    const ring = Ring.build(owners, { partitions: 1024, replicas: 3 });
    const { caps } = boundsOf(ring.owners, 1024, 3);
    expect(ring.owners.map(({ id }, i) => ring.partitionsOf(id).length <= caps[i]!)).toEqual(
      Array(5).fill(true),
    );
  });

  test("equal nodes carry at most 1.055 times their share, 3 to 20 of them, N=3, Q=1024", () => {
    for (let count = 3; count <= 20; count++) {
      const ring = Ring.build(nodes(count), { partitions: 1024, replicas: 3 });
      const most = Math.max(...ring.owners.map(({ id }) => ring.partitionsOf(id).length));
      expect(most / ((3 * 1024) / count)).toBeLessThanOrEqual(1.055);
    }
  });

  test("placement is the same in every release: nodes of two versions must agree on it", () => {
    const weighted = nodes(7).map((owner, i) => ({ ...owner, weight: 1 + (i % 4) }));
    const zoned = weighted.map((owner, i) => ({ ...owner, zone: `z${i % 4}` }));
    const rings = [weighted.slice(0, 5), weighted, zoned].map((owners) =>
      Ring.build(owners, { partitions: 1024, replicas: 3 }),
    );
    const text = rings.flatMap(listsOf).join("\n");

    expect(rings[2]!.preferenceList(1023)).toEqual([
      "node-2",
      "node-4",
      "node-7",
      "node-1",
      "node-3",
      "node-6",
      "node-5",
    ]);
    expect(xxh64(new TextEncoder().encode(text))).toEqual({
      high: 2_980_975_725,
      low: 422_281_931,
    });
  });

  test("a node that is no owner owns nothing", () => {
    const ring = Ring.build(nodes(3), { partitions: 8, replicas: 3 });
    expect([ring.partitionsOf("other"), ring.owns("other", 0)]).toEqual([[], false]);
  });

  test("what a ring hands out cannot be changed", () => {
    const ring = Ring.build(nodes(3), { partitions: 8, replicas: 2 });
    for (const list of [
      ring.preferenceList(0),
      ring.primaries(0),
      ring.partitionsOf("node-1"),
      ring.owners,
    ]) {
      expect(Object.isFrozen(list)).toBe(true);
    }
  });

  test.each([-1, 8, 0.5, Number.NaN])("there is no partition %d in a ring of 8", (partition) => {
    const ring = Ring.build(nodes(3), { partitions: 8, replicas: 2 });
    const error = new RangeError(`There is no partition ${partition} in a ring of 8 partitions.`);
    expect(() => ring.preferenceList(partition)).toThrow(error);
    expect(() => ring.primaries(partition)).toThrow(error);
    expect(() => ring.owns("node-1", partition)).toThrow(error);
  });

  test.each([0, -3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("N=%d is refused", (replicas) => {
    expect(() => Ring.build(nodes(3), { partitions: 8, replicas })).toThrow(
      new RangeError(`The number of replicas must be a positive integer, not ${replicas}.`),
    );
  });

  test("a number of partitions that is no power of two is refused", () => {
    expect(() => Ring.build(nodes(3), { partitions: 12, replicas: 3 })).toThrow(RangeError);
  });
});
