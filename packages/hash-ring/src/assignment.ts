import { assert } from "@coterie/core";
import type { Bounds } from "./fair-share.ts";

/** Stands for "no owner" where the index of one is expected. */
export const NOBODY = -1;

/** Who holds which partition while a placement is being made. Owners and partitions are indexes. */
export class Assignment {
  readonly #bounds: Bounds;
  readonly #partitions: number;
  /** `copies` places for each partition, filled from the left. */
  readonly #holders: Uint16Array;
  readonly #counts: Uint16Array;
  /** For each partition how many of its replicas lie in a zone that holds an earlier one. */
  readonly #repeats: Uint16Array;
  /** `partitions` places for each owner: 1 where it holds the partition. */
  readonly #held: Uint8Array;
  readonly #loads: Int32Array;

  constructor(bounds: Bounds, partitions: number) {
    const owners = bounds.caps.length;
    this.#bounds = bounds;
    this.#partitions = partitions;
    this.#holders = new Uint16Array(partitions * bounds.copies);
    this.#counts = new Uint16Array(partitions);
    this.#repeats = new Uint16Array(partitions);
    this.#held = new Uint8Array(owners * partitions);
    this.#loads = new Int32Array(owners);
  }

  holds(owner: number, partition: number): boolean {
    return this.#held[owner * this.#partitions + partition] === 1;
  }

  isFull(owner: number): boolean {
    return this.#loads[owner]! >= this.#bounds.caps[owner]!;
  }

  isComplete(partition: number): boolean {
    return this.#counts[partition] === this.#bounds.copies;
  }

  /**
   * Whether `owner` may come to hold `partition` in the place of `leaver` (or `NOBODY`): distinct
   * nodes, and distinct zones while zones are left. Asks nothing about caps.
   *
   * Allowing as many repeated zones as N exceeds the zones, from the first replica on, selects the same
   * owners as a walk over unseen zones followed by a second one for the rest.
   */
  admits(partition: number, leaver: number, owner: number): boolean {
    if (this.holds(owner, partition)) return false;
    if (leaver === NOBODY && this.isComplete(partition)) return false;
    return this.#repeatsWith(partition, leaver, owner) <= this.#bounds.zoneRepeats;
  }

  /** Gives `owner` the place of `leaver` at `partition`, or a further one when that is `NOBODY`. */
  put(partition: number, leaver: number, owner: number): void {
    assert(this.admits(partition, leaver, owner), "a node or a zone holds a partition twice");
    this.#repeats[partition] = this.#repeatsWith(partition, leaver, owner);
    const first = partition * this.#bounds.copies;
    let place: number;
    if (leaver === NOBODY) {
      place = first + this.#counts[partition]!++;
    } else {
      place = this.#holders.indexOf(leaver, first);
      this.#held[leaver * this.#partitions + partition] = 0;
      this.#loads[leaver]!--;
    }
    this.#holders[place] = owner;
    this.#held[owner * this.#partitions + partition] = 1;
    this.#loads[owner]!++;
  }

  #repeatsWith(partition: number, leaver: number, owner: number): number {
    const { copies, zoneOf } = this.#bounds;
    const first = partition * copies;
    let leaverRepeats = 0;
    let ownerRepeats = 0;
    for (let i = first; i < first + this.#counts[partition]!; i++) {
      const holder = this.#holders[i]!;
      if (holder === leaver) continue;
      if (zoneOf[holder] === zoneOf[owner]) ownerRepeats = 1;
      if (leaver !== NOBODY && zoneOf[holder] === zoneOf[leaver]) leaverRepeats = 1;
    }
    return this.#repeats[partition]! - leaverRepeats + ownerRepeats;
  }
}
