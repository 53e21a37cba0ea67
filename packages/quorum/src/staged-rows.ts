import { halfToken } from "./half-token.ts";

/** A write that this node has minted and whose commit is not known yet. */
export interface StagedMint {
  /** A later write minted on the same row had this one in its version set, and has sent it around. */
  readonly isCarried: boolean;
}

type Open = { isCarried: boolean };

/**
 * The mints of this node between staging and commit. A put sees the uncommitted rows of its batch and replicates
 * the complete version set, an earlier put of that batch included: when their commit then fails, the
 * earlier one may live on elsewhere though every copy of its own was refused. It is in doubt, not failed.
 */
export class StagedRows {
  readonly #open = new Map<number, Open[]>();

  /** `row` was minted. Rows are told apart by half their token: to mix two up only makes a doubt. */
  enter(row: Uint8Array): StagedMint {
    const half = halfToken(row);
    const mint: Open = { isCarried: false };
    const others = this.#open.get(half);
    if (others === undefined) {
      this.#open.set(half, [mint]);
    } else {
      for (const other of others) other.isCarried = true;
      others.push(mint);
    }
    return mint;
  }

  /** Its commit succeeded or failed. */
  leave(row: Uint8Array, mint: StagedMint): void {
    const half = halfToken(row);
    const others = this.#open.get(half);
    if (others === undefined) return;
    if (others.length === 1 && others[0] === mint) this.#open.delete(half);
    else
      this.#open.set(
        half,
        others.filter((other) => other !== mint),
      );
  }

  /** How many mints are open. */
  get size(): number {
    let size = 0;
    for (const mints of this.#open.values()) size += mints.length;
    return size;
  }
}
