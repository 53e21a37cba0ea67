import { toHex } from "@coterie/core";
import { partitionOfRow } from "./row-key.ts";

/** Of so many damaged rows the keys are remembered; more than that is a damaged disk. */
const SUSPECTS_MAX = 10_000;

/** The damaged rows that were met and not yet written over. */
export class SuspectRows {
  readonly #rows = new Map<string, Uint8Array>();
  readonly #onMet: () => void;
  #healed: string[] = [];

  /** `onMet`: the store has given a damaged row, a known one among them. */
  constructor(onMet: () => void) {
    this.#onMet = onMet;
  }

  get count(): number {
    return this.#rows.size;
  }

  /** Where they stand, of so many partitions. */
  partitions(count: number): number[] {
    if (this.#rows.size === 0) return [];
    const met = new Set([...this.#rows.values()].map((row) => partitionOfRow(row, count)));
    return [...met].sort((a, b) => a - b);
  }

  /** The keys of those in one of `count` partitions. */
  in(partition: number, count: number): readonly Uint8Array[] {
    return [...this.#rows.values()].filter((row) => partitionOfRow(row, count) === partition);
  }

  /** False: it is known already. */
  add(row: Uint8Array): boolean {
    this.#onMet();
    const before = this.#rows.size;
    if (before < SUSPECTS_MAX) this.#rows.set(toHex(row), row.slice());
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
