import { xxh64 } from "@coterie/core";
import { Assignment, NOBODY } from "./assignment.ts";
import type { Bounds } from "./fair-share.ts";
import { makeRoom } from "./make-room.ts";

/**
 * Deals the partitions out: each in turn takes the first owners on its walk that are not full and, while
 * zones are left, stand in zones it lacks (consistent hashing with bounded loads, Mirrokni, Thorup and
 * Zadimoghaddam 2018). `orders` is what `walkOrders` returns.
 */
export function placeBounded(orders: Uint16Array, bounds: Bounds, partitions: number): Assignment {
  const count = bounds.caps.length;
  const assignment = new Assignment(bounds, partitions);
  for (const partition of inHashedOrder(partitions)) {
    for (let i = 0; i < count && !assignment.isComplete(partition); i++) {
      const owner = orders[partition * count + i]!;
      if (assignment.isFull(owner) || !assignment.admits(partition, NOBODY, owner)) continue;
      assignment.put(partition, NOBODY, owner);
    }
    while (!assignment.isComplete(partition)) makeRoom(assignment, orders, partition, partitions);
  }
  return assignment;
}

/**
 * In ring order everything that a full owner turns away would fall on one stretch of the ring. This
 * order depends on the number of partitions alone, so that two rings of one cluster turn away alike.
 */
function* inHashedOrder(partitions: number): Iterable<number> {
  const name = new Uint8Array(4);
  const view = new DataView(name.buffer);
  const keys = Float64Array.from({ length: partitions }, (_, partition) => {
    view.setUint32(0, partition);
    return xxh64(name).high * partitions + partition;
  });
  for (const key of keys.sort()) yield key % partitions;
}
