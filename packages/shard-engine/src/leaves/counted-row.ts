import { itemHash } from "@coterie/merkle-tree";
import { causalityOf } from "@coterie/versions";
import type { CountedRow } from "./partition-leaves.ts";

/**
 * Over the clocks alone, in their canonical form: replicas that hold the same versions agree, whatever
 * each remembers beside them, and a version that expires changes nothing.
 */
export function countedRow(
  row: Uint8Array,
  n: number,
  versions: Uint8Array,
  valueBytes: number,
): CountedRow {
  return { n, hash: itemHash(row, causalityOf(versions)), bytes: row.length + valueBytes };
}
