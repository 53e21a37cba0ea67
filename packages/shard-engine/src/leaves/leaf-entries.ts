import { decodeUtf8, encodeUtf8 } from "@coterie/core";
import { LEAVES } from "../meta-space.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import { decodeMeta, encodeMeta } from "../row-codec.ts";

const PARTITIONS_MAX = 65_536;

/**
 * The leaves of partitions as the store holds them. An entry stands only while it is right: what changes a row
 * of the partition deletes it in the same transaction, and that deletion is the dirty mark of design §5.
 */
export function readLeafEntries(transaction: OrderedTransaction): Map<number, Uint8Array> {
  const from = encodeUtf8(LEAVES);
  const to = Uint8Array.of(...from, 0xff);
  const entries = new Map<number, Uint8Array>();
  for (const { key, value } of transaction.range("meta", from, to, PARTITIONS_MAX)) {
    // A damaged entry is as good as none: its partition is read again.
    const bytes = decodeMeta(value);
    if (bytes !== undefined) entries.set(Number(decodeUtf8(key).slice(LEAVES.length)), bytes);
  }
  return entries;
}

export function putLeafEntry(
  transaction: OrderedTransaction,
  partition: number,
  leaves: Uint8Array,
): void {
  transaction.put("meta", keyOf(partition), encodeMeta(leaves));
}

export function deleteLeafEntry(transaction: OrderedTransaction, partition: number): void {
  transaction.delete("meta", keyOf(partition));
}

function keyOf(partition: number): Uint8Array {
  return encodeUtf8(LEAVES + partition);
}
