import { xxh64 } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownersById } from "./owner.ts";
import { walkOrders } from "./walk.ts";

/** The walk as the paper tells it: token by token from the partition's start, round the ring. */
function walkedOrder(ids: readonly (readonly [string, number])[], start: number): string[] {
  const tokens = ids.flatMap(([id, weight]) =>
    Array.from({ length: weight * 128 }, (_, i) => {
      const index = [i >>> 24, (i >>> 16) & 255, (i >>> 8) & 255, i & 255];
      const name = Uint8Array.from([...new TextEncoder().encode(id), 0, ...index]);
      return { position: xxh64(name).high, id };
    }),
  );
  tokens.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  const ahead = tokens.filter(({ position }) => position >= start);
  const behind = tokens.filter(({ position }) => position < start);
  return [...new Set([...ahead, ...behind].map(({ id }) => id))];
}

describe("walkOrders", () => {
  test("every partition meets the owners as a clockwise walk from its start token does [Dynamo §4.3]", () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), {
      minLength: 1,
      maxLength: 9,
    });
    const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(ids, weights, fc.integer({ min: 0, max: 4 }), (names, weighing, bits) => {
        const owners = ownersById(names.map((id, i) => ({ id, weight: weighing[i]! })));
        const partitions = 2 ** bits;
        const orders = walkOrders(owners, partitions);
        for (let p = 0; p < partitions; p++) {
          const order = [...orders.subarray(p * owners.length, (p + 1) * owners.length)];
          expect(order.map((owner) => owners[owner]!.id)).toEqual(
            walkedOrder(
              owners.map(({ id, weight }) => [id, weight]),
              p * (2 ** 32 / partitions),
            ),
          );
        }
      }),
      { numRuns: 25 },
    );
  });
});
