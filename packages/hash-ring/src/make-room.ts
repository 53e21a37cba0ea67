import { AssertionError } from "@coterie/core";
import { type Assignment, NOBODY } from "./assignment.ts";

/** An owner takes `partition` over from `from`, who thereby has room for another one. */
interface Handover {
  readonly partition: number;
  readonly from: number;
}

/**
 * Adds one owner to a partition whose walk found only full ones. Somewhere an owner hands a partition
 * over to one with room and takes this one instead, if need be through a chain of handovers.
 *
 * That is an augmenting path of matroid intersection (the zones of each partition form a matroid, the
 * caps another): a shortest one keeps every rule, and one exists as long as some placement keeps to
 * the caps, which `boundsOf` sees to. Hence a search in breadth over the owners.
 */
export function makeRoom(
  assignment: Assignment,
  orders: Uint16Array,
  needy: number,
  partitions: number,
): void {
  const reachedBy = new Map<number, Handover>();
  let owner = searchRoom(assignment, orders, needy, partitions, reachedBy);
  while (owner !== NOBODY) {
    const { partition, from } = reachedBy.get(owner)!;
    assignment.put(partition, from, owner);
    owner = from;
  }
}

/** The nearest owner that has room; `reachedBy` then leads from it back to the needy partition. */
function searchRoom(
  assignment: Assignment,
  orders: Uint16Array,
  needy: number,
  partitions: number,
  reachedBy: Map<number, Handover>,
): number {
  const count = orders.length / partitions;
  const queue: number[] = [];
  for (let i = 0; i < count; i++) {
    const owner = orders[needy * count + i]!;
    if (!assignment.admits(needy, NOBODY, owner)) continue;
    reachedBy.set(owner, { partition: needy, from: NOBODY });
    queue.push(owner);
  }
  for (const from of queue) {
    for (let partition = 0; partition < partitions; partition++) {
      if (!assignment.holds(from, partition)) continue;
      for (let i = 0; i < count; i++) {
        const owner = orders[partition * count + i]!;
        if (reachedBy.has(owner) || !assignment.admits(partition, from, owner)) continue;
        reachedBy.set(owner, { partition, from });
        if (!assignment.isFull(owner)) return owner;
        queue.push(owner);
      }
    }
  }
  throw new AssertionError(`no owner can be found for partition ${needy}`);
}
