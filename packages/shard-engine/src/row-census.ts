import { compareBytes, toHex } from "@coterie/core";
import type { Entry } from "./ordered-store.ts";
import { decodeRow } from "./row-codec.ts";

/** Of so many damaged rows the keys are remembered; more than that is a damaged disk. */
const SUSPECTS_MAX = 10_000;

/**
 * How many rows there are, and which are damaged. A count in each transaction would be a second row to
 * write, and one at the start would delay it, so the rows are walked in the background: what lies behind
 * the cursor is counted, and so are the changes there. The walk verifies checksums on its way (a scrub)
 * and begins anew when it has ended.
 */
export class RowCensus {
  rows = 0;
  rowBytes = 0;
  /** The first walk has ended: the numbers are exact. */
  counted = false;
  /** Where the walk goes on. */
  cursor: Uint8Array = new Uint8Array();
  readonly #suspects = new Set<string>();
  #stagedRows = 0;
  #stagedBytes = 0;
  #healed: string[] = [];

  get suspectRows(): number {
    return this.#suspects.size;
  }

  suspect(row: Uint8Array): void {
    if (this.#suspects.size < SUSPECTS_MAX) this.#suspects.add(toHex(row));
  }

  /** A row is being written; `before` is the length of the value that it replaces, undefined: none. */
  put(row: Uint8Array, before: number | undefined, after: number): void {
    if (this.#suspects.size > 0) this.#healed.push(toHex(row));
    if (!this.counted && compareBytes(row, this.cursor) >= 0) return;
    if (before === undefined) {
      this.#stagedRows++;
      this.#stagedBytes += row.length + after;
    } else {
      this.#stagedBytes += after - before;
    }
  }

  /** The transaction has ended. */
  settle(committed: boolean): void {
    if (committed) {
      this.rows += this.#stagedRows;
      this.rowBytes += this.#stagedBytes;
      for (const row of this.#healed) this.#suspects.delete(row);
    }
    this.#stagedRows = 0;
    this.#stagedBytes = 0;
    this.#healed = [];
  }

  /** The next entries from `cursor` on; fewer than were asked for end the walk. */
  walk(entries: readonly Entry[], ended: boolean): void {
    for (const { key, value } of entries) {
      if (decodeRow(key, value) === undefined) this.suspect(key);
      if (this.counted) continue;
      this.rows++;
      this.rowBytes += key.length + value.length;
    }
    if (ended) this.counted = true;
    this.cursor = ended ? new Uint8Array() : successor(entries.at(-1)!.key);
  }
}

/** The first key after `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
