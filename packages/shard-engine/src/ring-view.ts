import type { NodeId } from "@coterie/core";
import type { Owner, Ring } from "@coterie/hash-ring";
import { builtRing } from "./built-rings.ts";
import type { RingRecord } from "./ring-record.ts";

/** Lists of primaries, each of which must be met. */
export type Groups = readonly (readonly NodeId[])[];

/**
 * Placement under one ring record: the table of design §9. One `Ring` for each N and each set of owners,
 * built when it is first asked for.
 */
export class RingView {
  readonly record: RingRecord;
  readonly #rings = new Map<number, Ring>();
  readonly #nextRings = new Map<number, Ring>();

  readonly #members: ReadonlySet<NodeId>;

  constructor(record: RingRecord) {
    this.record = record;
    this.#members = new Set([...record.owners, ...record.next].map(({ id }) => id));
  }

  /** Whether `id` is an owner, old or new. */
  hasOwner(id: NodeId): boolean {
    return this.#members.has(id);
  }

  /** Of the owners, which are the old ones while a change is on its way. */
  ring(n: number): Ring {
    return this.#built(this.#rings, this.record.owners, n);
  }

  /** Of the new owners; undefined while no change is on its way. */
  nextRing(n: number): Ring | undefined {
    const { next } = this.record;
    return next.length === 0 ? undefined : this.#built(this.#nextRings, next, n);
  }

  /** A write needs W of each: the primaries, and during a change the new ones too where they differ. */
  writeGroups(partition: number, n: number): Groups {
    const old = this.ring(n).primaries(partition);
    const next = this.nextRing(n)?.primaries(partition);
    return next === undefined || sameNodes(old, next) ? [old] : [old, next];
  }

  /** A read needs R of each: there is one, that of the old owners until the ring has switched. */
  readGroups(partition: number, n: number): Groups {
    const ring = this.record.phase === "switched" ? this.nextRing(n)! : this.ring(n);
    return [ring.primaries(partition)];
  }

  /** Every node that is to hold the partition: the members of all write groups. */
  primaries(partition: number, n: number): readonly NodeId[] {
    const old = this.ring(n).primaries(partition);
    const gainers = this.gainers(partition, n);
    return gainers.length === 0 ? old : [...old, ...gainers];
  }

  /** Who may stand in for primaries, in order: nobody that is one, old or new. */
  fallbacks(partition: number, n: number): readonly NodeId[] {
    const old = this.ring(n);
    const next = this.nextRing(n);
    const beyond = old.preferenceList(partition).slice(old.primaries(partition).length);
    if (next === undefined) return beyond;
    const primaries = this.primaries(partition, n);
    const all = new Set([...beyond, ...next.preferenceList(partition)]);
    return [...all].filter((id) => !primaries.includes(id));
  }

  /** Whether `id` is a primary of the partition, among the old owners or the new. */
  owns(id: NodeId, partition: number, n: number): boolean {
    return this.ring(n).owns(id, partition) || (this.nextRing(n)?.owns(id, partition) ?? false);
  }

  /** Primaries among the new owners that are none among the old; empty while no change is on its way. */
  gainers(partition: number, n: number): readonly NodeId[] {
    const next = this.nextRing(n);
    if (next === undefined) return NONE;
    const old = this.ring(n);
    return next.primaries(partition).filter((id) => !old.owns(id, partition));
  }

  /** Primaries among the old owners that are none among the new; empty while no change is on its way. */
  losers(partition: number, n: number): readonly NodeId[] {
    const next = this.nextRing(n);
    if (next === undefined) return NONE;
    return this.ring(n)
      .primaries(partition)
      .filter((id) => !next.owns(id, partition));
  }

  #built(rings: Map<number, Ring>, owners: readonly Owner[], n: number): Ring {
    let ring = rings.get(n);
    if (ring === undefined) {
      ring = builtRing(owners, this.record.partitions, n);
      rings.set(n, ring);
    }
    return ring;
  }
}

const NONE: readonly NodeId[] = [];

function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
