import type { OrderedTransaction } from "./ordered-store.ts";
import { decodeRow, type StoredRow } from "./row-codec.ts";

/** What stands under a row's key. A *suspect* row is damaged: it counts as absent, and as incomplete. */
export interface HeldRow {
  readonly state: "absent" | "held" | "suspect";
  /** Only of a held row. */
  readonly stored: StoredRow | undefined;
  /** Of the stored value, whatever its state. */
  readonly valueBytes: number;
}

const ABSENT: HeldRow = { state: "absent", stored: undefined, valueBytes: 0 };

export function getRow(transaction: OrderedTransaction, row: Uint8Array): HeldRow {
  const value = transaction.get("rows", row);
  if (value === undefined) return ABSENT;
  const stored = decodeRow(row, value);
  return {
    state: stored === undefined ? "suspect" : "held",
    stored,
    valueBytes: value.length,
  };
}
