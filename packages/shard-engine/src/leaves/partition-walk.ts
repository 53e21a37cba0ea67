import { compareBytes } from "@coterie/core";
import type { LeafSpace, TreeShape } from "@coterie/merkle-tree";
import type { OrderedTransaction } from "../ordered-store.ts";
import { decodeRow } from "../row-codec.ts";
import { partitionRange, successor, tokenOf } from "../row-key.ts";
import { countedRow } from "./counted-row.ts";
import { type CountedRow, PartitionLeaves } from "./partition-leaves.ts";

/** Rows are fetched a few at a time, so that large ones do not pile up in memory. */
const STEP_ROWS = 64;

/**
 * Adds up the rows of one partition from the store, a few at a time while writes go on: what lies behind
 * the cursor is counted, and so are the changes there.
 */
export class PartitionWalk {
  readonly partition: number;
  readonly found: PartitionLeaves;
  readonly #space: LeafSpace;
  readonly #end: Uint8Array | undefined;
  #cursor: Uint8Array;

  constructor(partition: number, space: LeafSpace, shape: TreeShape) {
    this.partition = partition;
    this.found = new PartitionLeaves(shape);
    this.#space = space;
    const { from, to } = partitionRange(partition, space.partitions);
    this.#cursor = from;
    this.#end = to;
  }

  /** Reads on, at most `rowsMax` rows. Damaged ones are told to `suspect`. */
  step(
    transaction: OrderedTransaction,
    rowsMax: number,
    suspect: (row: Uint8Array) => void,
  ): { readonly rows: number; readonly bytes: number; readonly ended: boolean } {
    const limit = Math.min(STEP_ROWS, rowsMax);
    const entries = transaction.range("rows", this.#cursor, this.#end, limit);
    let bytes = 0;
    for (const { key, value } of entries) {
      bytes += key.length + value.length;
      const stored = decodeRow(key, value);
      if (stored === undefined) {
        suspect(key);
        this.found.countDamaged(key.length + value.length);
      } else {
        const counted = countedRow(key, stored.n, stored.versions, value.length);
        this.found.replace(this.#space.leafOf(tokenOf(key)), undefined, counted);
      }
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#cursor = successor(last.key);
    return { rows: entries.length, bytes, ended: entries.length < limit };
  }

  /** A row of the partition has changed; what lies ahead of the cursor will be met as it then is. */
  replace(
    row: Uint8Array,
    leaf: number,
    before: CountedRow | undefined,
    after: CountedRow | undefined,
  ): void {
    if (compareBytes(row, this.#cursor) < 0) this.found.replace(leaf, before, after);
  }
}
