import { isNodeId, type NodeId } from "@coterie/core";

/** A node that owns a part of the hash space. */
export interface Owner {
  readonly id: NodeId;
  /**
   * The node's share relative to the others: an integer 1 … 100. It costs `weight` × 128 tokens
   * each time a ring is built, so say 1 and 2 rather than 50 and 100.
   */
  readonly weight: number;
  /** What fails together (a rack, a room, a provider's zone). Owners that name none share the zone `""`. */
  readonly zone: string;
  /**
   * At whose tokens it stands: those of the owner whose place it took, so that nothing else moves. Its own
   * when absent. No two owners share a seat.
   */
  readonly seat?: NodeId;
}

/** An owner as a caller may write it: weight 1 and zone `""` unless told otherwise. */
export type OwnerInput = Pick<Owner, "id"> & Partial<Owner>;

/** The most owners of one ring. */
const MAX_OWNERS = 1024;
const MAX_WEIGHT = 100;

/**
 * The owners with their defaults filled in, in the order of their ids: what is computed from the
 * result depends on the set alone. Throws a `RangeError` for input that is no set of owners.
 */
export function ownersById(inputs: readonly OwnerInput[]): readonly Owner[] {
  if (inputs.length === 0) throw new RangeError("A ring needs at least one owner.");
  if (inputs.length > MAX_OWNERS) {
    throw new RangeError(`A ring has at most ${MAX_OWNERS} owners, not ${inputs.length}.`);
  }
  const owners = inputs.map(ownerOf).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (let i = 1; i < owners.length; i++) {
    if (owners[i]!.id !== owners[i - 1]!.id) continue;
    throw new RangeError(`The owner ${JSON.stringify(owners[i]!.id)} is named twice.`);
  }
  const seats = new Map<NodeId, NodeId>();
  for (const owner of owners) {
    const other = seats.get(seatOf(owner));
    if (other !== undefined) {
      throw new RangeError(
        `The owners ${JSON.stringify(other)} and ${JSON.stringify(owner.id)} share a seat.`,
      );
    }
    seats.set(seatOf(owner), owner.id);
  }
  return Object.freeze(owners);
}

/** Whose tokens an owner stands at. */
export function seatOf({ id, seat = id }: Owner): NodeId {
  return seat;
}

function ownerOf({ id, weight = 1, zone = "", seat = id }: OwnerInput): Owner {
  const name = JSON.stringify(id);
  if (typeof id !== "string" || !isNodeId(id)) throw new RangeError(`${name} is not a node id.`);
  if (!Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
    throw new RangeError(
      `The weight of ${name} must be an integer from 1 to ${MAX_WEIGHT}, not ${weight}.`,
    );
  }
  if (typeof zone !== "string") throw new RangeError(`The zone of ${name} must be a string.`);
  if (typeof seat !== "string" || !isNodeId(seat)) {
    throw new RangeError(`The seat of ${name} is not a node id.`);
  }
  return Object.freeze(seat === id ? { id, weight, zone } : { id, weight, zone, seat });
}
