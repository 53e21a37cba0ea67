import type { NodeId } from "@coterie/core";
import type { Assignment } from "./assignment.ts";
import { placeBounded } from "./bounded-walk.ts";
import { type Bounds, boundsOf } from "./fair-share.ts";
import { type Owner, type OwnerInput, ownersById, seatOf } from "./owner.ts";
import { checkPartitions } from "./partition.ts";
import { walkOrders } from "./walk.ts";

/** What else than its owners makes a ring. */
export interface RingOptions {
  /** Q, into how many partitions the hash space is split: a power of two, 1 … 65,536. */
  readonly partitions: number;
  /** N, how many replicas each partition has: a positive integer. May exceed the number of owners. */
  readonly replicas: number;
}

/**
 * Which owners hold which partition, for one N: the Dynamo paper's strategy 3 (§6.2) with bounded
 * loads. Immutable, and a pure function of the set of owners, Q and N: equal on every machine,
 * whatever the order in which the owners were named.
 *
 * In order of precedence: (1) the primaries of a partition are distinct nodes, (2) in distinct zones
 * while zones are left, (3) and no owner is primary of more than ⌈1.05 × its fair share⌉ partitions.
 * Fair shares are such that all three can always be kept, and they are.
 */
export class Ring {
  /** The owners with their defaults filled in, by id. */
  readonly owners: readonly Owner[];
  /** Q. */
  readonly partitions: number;
  /** N as it was asked for; a partition has min(N, owners) primaries. */
  readonly replicas: number;
  readonly #preferenceLists: readonly (readonly NodeId[])[];
  readonly #primaries: readonly (readonly NodeId[])[];
  readonly #partitionsOf: ReadonlyMap<NodeId, readonly number[]>;
  readonly #caps: ReadonlyMap<NodeId, number>;

  /**
   * Builds the ring of these owners. Takes memory for Q × owners references, and time for as many
   * and for 128 tokens for each unit of weight.
   *
   * Throws a `RangeError` that says what is wrong when there are no owners or more than 1024, an id is
   * malformed or named twice, a weight is no integer from 1 to 100, or an option is out of range.
   */
  static build(owners: readonly OwnerInput[], { partitions, replicas }: RingOptions): Ring {
    checkPartitions(partitions);
    if (!Number.isSafeInteger(replicas) || replicas < 1) {
      throw new RangeError(`The number of replicas must be a positive integer, not ${replicas}.`);
    }
    return new Ring(ownersById(owners), partitions, replicas);
  }

  private constructor(owners: readonly Owner[], partitions: number, replicas: number) {
    this.owners = owners;
    this.partitions = partitions;
    this.replicas = replicas;
    // In the order of the seats, so that who takes another's place takes it in every respect.
    const seated = [...owners].sort((a, b) => (seatOf(a) < seatOf(b) ? -1 : 1));
    const bounds = boundsOf(seated, partitions, replicas);
    this.#caps = new Map(seated.map(({ id }, i) => [id, bounds.caps[i]!]));
    const orders = walkOrders(seated, partitions);
    const assignment = placeBounded(orders, bounds, partitions);
    const lists: (readonly NodeId[])[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const walk = orders.subarray(partition * owners.length, (partition + 1) * owners.length);
      const list = inOrderOfPreference(walk, partition, assignment, bounds);
      lists.push(Object.freeze(list.map((owner) => seated[owner]!.id)));
    }
    this.#preferenceLists = lists;
    this.#primaries = lists.map((list) => Object.freeze(list.slice(0, bounds.copies)));
    const partitionsOf = new Map<NodeId, number[]>(owners.map(({ id }) => [id, []]));
    this.#primaries.forEach((list, partition) => {
      for (const id of list) partitionsOf.get(id)!.push(partition);
    });
    for (const list of partitionsOf.values()) Object.freeze(list);
    this.#partitionsOf = partitionsOf;
  }

  /**
   * All owners in the order in which they serve a partition: first its primaries, then the fallbacks.
   * Each part is in walk order, owners in zones not yet seen before the others. Takes constant time
   * and allocates nothing. Throws a `RangeError` for a partition outside 0 … Q - 1.
   */
  preferenceList(partition: number): readonly NodeId[] {
    return this.#preferenceLists[partition] ?? this.#outside(partition);
  }

  /** The first min(N, owners) of the preference list: the nodes that are to hold the partition. */
  primaries(partition: number): readonly NodeId[] {
    return this.#primaries[partition] ?? this.#outside(partition);
  }

  /** Whether `id` is a primary of `partition`. A node that is no owner owns nothing. */
  owns(id: NodeId, partition: number): boolean {
    return this.primaries(partition).includes(id);
  }

  /** The partitions that `id` is a primary of, ascending; none for a node that is no owner. */
  partitionsOf(id: NodeId): readonly number[] {
    return this.#partitionsOf.get(id) ?? NONE;
  }

  /** The most partitions that `id` may be a primary of, ⌈1.05 × its fair share⌉; 0 for one that is no owner. */
  capOf(id: NodeId): number {
    return this.#caps.get(id) ?? 0;
  }

  #outside(partition: number): never {
    throw new RangeError(
      `There is no partition ${partition} in a ring of ${this.partitions} partitions.`,
    );
  }
}

const NONE: readonly number[] = Object.freeze([]);

function inOrderOfPreference(
  walk: Uint16Array,
  partition: number,
  assignment: Assignment,
  { zoneOf }: Bounds,
): number[] {
  const seenZones = new Set<number>();
  const list: number[] = [];
  for (const primary of [true, false]) {
    const repeats: number[] = [];
    for (const owner of walk) {
      if (assignment.holds(owner, partition) !== primary) continue;
      const zone = zoneOf[owner]!;
      if (seenZones.has(zone)) repeats.push(owner);
      else list.push(owner);
      seenZones.add(zone);
    }
    list.push(...repeats);
  }
  return list;
}
