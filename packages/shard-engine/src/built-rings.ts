import { type Owner, Ring } from "@coterie/hash-ring";

/** A change of the ring has two sets of owners, and buckets hardly more than three different N. */
const KEPT_MAX = 8;

const kept = new Map<string, Ring>();

/**
 * The ring of these owners. Records follow one another with each bucket that is created and each step of
 * a change, mostly with the same owners, and several parts of a process look at the same record: so the
 * rings asked for last are kept. They are immutable and depend on nothing but what is compared here.
 */
export function builtRing(owners: readonly Owner[], partitions: number, replicas: number): Ring {
  const name = `${partitions} ${replicas} ${JSON.stringify(owners)}`;
  const ring = kept.get(name) ?? Ring.build(owners, { partitions, replicas });
  // Last in the map: asked for last.
  kept.delete(name);
  kept.set(name, ring);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  return ring;
}
