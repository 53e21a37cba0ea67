import { toHex } from "@coterie/core";

/** Of so many damaged rows the keys are remembered; more than that is a damaged disk. */
const SUSPECTS_MAX = 10_000;

/** The damaged rows that were met and not yet written over. */
export class SuspectRows {
  readonly #rows = new Set<string>();
  #healed: string[] = [];

  get count(): number {
    return this.#rows.size;
  }

  /** False: it is known already. */
  add(row: Uint8Array): boolean {
    const before = this.#rows.size;
    if (before < SUSPECTS_MAX) this.#rows.add(toHex(row));
    return this.#rows.size > before;
  }

  /** The row is being written, or dropped. */
  heal(row: Uint8Array): void {
    if (this.#rows.size > 0) this.#healed.push(toHex(row));
  }

  /** The transaction has ended. */
  settle(committed: boolean): void {
    if (committed) for (const row of this.#healed) this.#rows.delete(row);
    this.#healed = [];
  }
}
