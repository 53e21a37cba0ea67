import { bytesEqual } from "@coterie/core";
import { RowChains, type RowLink } from "./row-chains.ts";

/** A write that this node has minted and whose commit is not known yet. */
export interface StagedMint {
  /** A later write minted on the same row had this one in its version set, and has sent it around. */
  readonly isCarried: boolean;
}

interface Open extends RowLink<Open>, StagedMint {
  isCarried: boolean;
}

/**
 * The mints of this node between staging and commit. A put sees the uncommitted rows of its batch and replicates
 * the complete version set, an earlier put of that batch included: when their commit then fails, the
 * earlier one may live on elsewhere though every copy of its own was refused. It is in doubt, not failed.
 */
export class StagedRows {
  readonly #open = new RowChains<Open>();

  /** `row` was minted. To be given back to `leave`. */
  enter(row: Uint8Array): StagedMint {
    for (let other = this.#open.near(row); other !== undefined; other = other.next) {
      if (bytesEqual(other.row, row)) other.isCarried = true;
    }
    const mint: Open = { row, isCarried: false, next: undefined };
    this.#open.add(mint);
    return mint;
  }

  /** Its commit succeeded or failed. */
  leave(mint: StagedMint): void {
    this.#open.remove(mint as Open);
  }
}
