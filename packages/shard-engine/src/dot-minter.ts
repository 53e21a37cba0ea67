import type { Random } from "@coterie/core";
import { type ActorId, type Dot, drawActor } from "@coterie/vector-clock";
import type { StoredRow } from "./row-codec.ts";

/**
 * The dots of one process start, and the rule by which an actor's interval may be extended (§3).
 *
 * Invariants: (1) no counter is given twice, whatever becomes of its write; (2) `ownedTo` answers only
 * while the row has held this actor's latest dot of its key without a break.
 */
export class DotMinter {
  readonly actor: ActorId;
  #last = 0;
  /** An `ownedTo` below this may have a later dot of the same key above it, sent but never committed. */
  #ownedFloor = 1;

  /** With a fresh random actor: make it durable before its first dot. */
  constructor(random: Random) {
    this.actor = drawActor(random);
  }

  /** The last counter given; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  next(): Dot {
    this.#last++;
    return { actor: this.actor, counter: this.#last };
  }

  /** What a row may be extended from. A row of another start, or from before a failed commit, from nothing. */
  ownedTo(row: StoredRow): number | undefined {
    return row.owner === this.actor && row.ownedTo >= this.#ownedFloor ? row.ownedTo : undefined;
  }

  /**
   * After a failed commit: its dots may live on elsewhere, so every row that was written before is as
   * if this actor had never owned it. A floor, because nobody remembers which rows the commit held.
   */
  voidOwned(): void {
    this.#ownedFloor = this.#last + 1;
  }
}
