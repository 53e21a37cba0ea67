import { causalityOf } from "@coterie/versions";
import type { ScanCommand, ScannedRow } from "./commands.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import { decodeRow } from "./row-codec.ts";
import { successor } from "./row-key.ts";

const BYTES_MAX = 1 << 20;
/** Rows are fetched a few at a time, so that large ones do not pile up in memory. */
const STEP_ROWS = 64;

export interface ScanSlice {
  readonly rows: readonly ScannedRow[];
  /** The keys of damaged rows, which are left out. */
  readonly suspects: readonly Uint8Array[];
  /** Where the next slice starts; undefined: this was the last. */
  readonly next: Uint8Array | undefined;
}

/** The next rows of a range, until `limit` of them or 1 MiB are together. */
export function scanRows(
  transaction: OrderedTransaction,
  range: { readonly from: Uint8Array; readonly to: Uint8Array | undefined },
  { from, limit, want, leaves }: ScanCommand,
): ScanSlice {
  const rows: ScannedRow[] = [];
  const suspects: Uint8Array[] = [];
  let bytes = 0;
  let next: Uint8Array | undefined = from ?? range.from;
  while (next !== undefined && rows.length < limit && bytes < BYTES_MAX) {
    const step = Math.min(STEP_ROWS, limit - rows.length);
    const entries = transaction.range("rows", next, range.to, step);
    for (const { key, value } of entries) {
      const stored = decodeRow(key, value);
      if (stored === undefined) {
        suspects.push(key);
        continue;
      }
      if (leaves !== undefined && stored.n !== leaves.n) continue;
      const versions = want === "causality" ? causalityOf(stored.versions) : stored.versions;
      rows.push({ row: key, versions });
      bytes += key.length + versions.length;
    }
    next = entries.length < step ? undefined : successor(entries.at(-1)!.key);
  }
  return { rows, suspects, next };
}
