import { getRow } from "../held-row.ts";
import type { HintBook } from "../hint-book.ts";
import type { LeafBook } from "../leaves/leaf-book.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import { partitionRange, successor } from "../row-key.ts";
import type { SuspectRows } from "../suspect-rows.ts";

/** Rows are taken a few at a time, so that large ones do not pile up in memory. */
const STEP_ROWS = 64;

export interface RowSpaces {
  readonly leaves: LeafBook;
  readonly suspects: SuspectRows;
  readonly hints: HintBook;
}

/** Drops one row, and what is known of it beside it. */
export function dropRow(
  transaction: OrderedTransaction,
  { leaves, suspects }: Pick<RowSpaces, "leaves" | "suspects">,
  partition: number,
  row: Uint8Array,
): void {
  leaves.stage(transaction, partition, row, getRow(transaction, row), undefined);
  suspects.heal(row);
  transaction.delete("rows", row);
}

/** Drops every row and hint of a partition: they are from before a collection, and may bring back what it took. */
export function discardPartition(
  transaction: OrderedTransaction,
  spaces: RowSpaces,
  partition: number,
  partitions: number,
): void {
  const { from, to } = partitionRange(partition, partitions);
  for (let next: Uint8Array | undefined = from; next !== undefined; ) {
    const entries = transaction.range("rows", next, to, STEP_ROWS);
    for (const { key } of entries) dropRow(transaction, spaces, partition, key);
    next = entries.length < STEP_ROWS ? undefined : successor(entries.at(-1)!.key);
  }
  spaces.hints.discard(transaction, from, to);
}
