import { decodeUtf8, encodeUtf8 } from "@coterie/core";
import type { MetaEntry } from "./commands.ts";
import { type OrderedStore, type OrderedTransaction, StorageError } from "./ordered-store.ts";
import { decodeMeta, encodeMeta } from "./row-codec.ts";

/** Partitions that may lack data: `recovering/<partition>`, or all of them. */
export const RECOVERING = "recovering/";
export const RECOVERING_ALL = "recovering/all";

/** What the rows of a partition add up to: `leaves/<partition>`; see `LeafBook`. */
export const LEAVES = "leaves/";
/** What the node has stored for itself. */
export const NODE = "node/";
/** Of that, what holds only while nothing of this store was ever lost: promises to other nodes. */
const ONCE = `${NODE}once/`;

const ENTRIES_MAX = 100_000;

/** All three throw `StorageError` `corrupt` for a value whose checksum does not match. */
export function get(transaction: OrderedTransaction, key: string): Uint8Array | undefined {
  const sealed = transaction.get("meta", encodeUtf8(key));
  return sealed && unsealed(key, sealed);
}

export function put(transaction: OrderedTransaction, key: string, value: Uint8Array): void {
  transaction.put("meta", encodeUtf8(key), encodeMeta(value));
}

export function list(transaction: OrderedTransaction, prefix: string): MetaEntry[] {
  const from = encodeUtf8(prefix);
  const to = Uint8Array.of(...from, 0xff);
  return transaction.range("meta", from, to, ENTRIES_MAX).map((entry) => {
    const key = decodeUtf8(entry.key);
    return { key, value: unsealed(key, entry.value) };
  });
}

/**
 * Marks a store that no engine is on: whatever it holds may be incomplete. For files that replace damaged
 * ones, and for restored copies. What the node keeps under `once/` is dropped: an older copy of a promise
 * must not be taken for the promise.
 */
export function markAllRecovering(store: OrderedStore): void {
  const transaction = store.begin();
  for (const { key } of list(transaction, ONCE)) transaction.delete("meta", encodeUtf8(key));
  put(transaction, RECOVERING_ALL, new Uint8Array());
  transaction.commit();
}

/**
 * Copies what a shard knows of itself, its rows and their leaves aside, from one store without an engine to another. Throws
 * `StorageError` when it cannot be read whole, and has then copied nothing.
 */
export function copyMeta(from: OrderedStore, to: OrderedStore): void {
  const reading = from.begin();
  const entries = list(reading, "");
  reading.rollback();
  const writing = to.begin();
  for (const { key, value } of entries) if (!key.startsWith(LEAVES)) put(writing, key, value);
  writing.commit();
}

function unsealed(key: string, sealed: Uint8Array): Uint8Array {
  const value = decodeMeta(sealed);
  if (value !== undefined) return value;
  throw new StorageError("corrupt", `what the shard knows of itself is damaged ("${key}")`);
}
