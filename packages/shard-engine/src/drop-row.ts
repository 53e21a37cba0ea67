import { ringOfEpoch } from "./admission.ts";
import type { DropRowCommand, Staged } from "./commands.ts";
import { getRow } from "./held-row.ts";
import type { LeafBook } from "./leaves/leaf-book.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { partitionOfRow } from "./row-key.ts";
import type { ShardMeta } from "./shard-meta.ts";
import type { SuspectRows } from "./suspect-rows.ts";

/**
 * Drops a row of a partition that this node does not own (design §9): leftovers of a ring change. Epoch and
 * ownership are compared in the transaction, like everywhere: a node that owns the partition again keeps it.
 */
export function dropRow(
  { meta, leaves, suspects }: { meta: ShardMeta; leaves: LeafBook; suspects: SuspectRows },
  transaction: OrderedTransaction,
  { epoch, row, n, regained }: DropRowCommand,
): Staged | Refusal {
  const ring = ringOfEpoch(meta, epoch);
  if ("reason" in ring) return ring;
  const { view, self } = ring;
  const held = getRow(transaction, row);
  if (held.state === "absent") return { type: "accepted" };
  if (held.stored === undefined) {
    return refusal("invalid", "the row is damaged: nobody can tell whose it is");
  }
  const partition = partitionOfRow(row, view.record.partitions);
  if (!regained && view.owns(self, partition, n)) {
    return refusal("invalid", `${self} owns partition ${partition} in epoch ${epoch}`);
  }
  transaction.delete("rows", row);
  leaves.stage(transaction, partition, row, held, undefined);
  suspects.heal(row);
  return { type: "accepted" };
}
