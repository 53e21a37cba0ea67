import { bytesEqual } from "@coterie/core";

/** Something that is under way for one row. */
export interface RowLink<Self> {
  readonly row: Uint8Array;
  /** `RowChains`' own. */
  next: Self | undefined;
}

/** Several times what a busy node has under way, so that a chain nearly always has one link. */
const CHAINS = 4096;

/**
 * What is under way, by row. Entries come and go with every request: a `Map` is copied again and again for that, and
 * took a get 1 µs.
 */
export class RowChains<Link extends RowLink<Link>> {
  readonly #chains: (Link | undefined)[] = Array.from({ length: CHAINS }, () => undefined);

  /** The newest of the row. */
  find(row: Uint8Array): Link | undefined {
    for (let link = this.#chains[chainOf(row)]; link !== undefined; link = link.next) {
      if (bytesEqual(link.row, row)) return link;
    }
    return undefined;
  }

  /** All of the row, and of others that share its chain; the newest first. */
  near(row: Uint8Array): Link | undefined {
    return this.#chains[chainOf(row)];
  }

  add(link: Link): void {
    const chain = chainOf(link.row);
    link.next = this.#chains[chain];
    this.#chains[chain] = link;
  }

  /** What is not there stays away. */
  remove(link: Link): void {
    const chain = chainOf(link.row);
    let other = this.#chains[chain];
    if (other === link) {
      this.#chains[chain] = link.next;
      return;
    }
    while (other !== undefined && other.next !== link) other = other.next;
    if (other !== undefined) other.next = link.next;
  }
}

/** By the end of the row's token: its beginning is the same for all rows of a partition. */
function chainOf(row: Uint8Array): number {
  return ((row[6]! << 8) | row[7]!) & (CHAINS - 1);
}
