import { assert } from "@coterie/core";
import type { BucketRules } from "./commands.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { partitionOfRow } from "./row-key.ts";
import type { InstalledRing, ShardMeta } from "./shard-meta.ts";

/** What every command on a row carries. */
interface RowCommand {
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
}

export interface Admitted {
  readonly type: "admitted";
  readonly partition: number;
}

/**
 * The rule of §9: epoch and ownership are compared where the row is read or written, in the transaction
 * that does it. Compared on receipt, a queued write could land under the old ring after a gainer has
 * scanned it away.
 */
export function admit(meta: ShardMeta, command: RowCommand): Admitted | Refusal {
  const ring = ringOfEpoch(meta, command.epoch);
  if ("reason" in ring) return ring;
  const { view, self, owned } = ring;
  const partition = partitionOfRow(command.row, view.record.partitions);
  assert(partition % meta.shards === meta.shard, "a row came to a shard that does not keep it");
  if (owned.has(partition, command.bucket.n)) return { type: "admitted", partition };
  return refusal(
    "notOwner",
    `${self} is none of the ${command.bucket.n} owners of partition ${partition} in epoch ${meta.epoch}`,
  );
}

export function ringOfEpoch(meta: ShardMeta, epoch: number): InstalledRing | Refusal {
  const { ring } = meta;
  if (ring !== undefined && meta.epoch === epoch) return ring;
  return refusal("epoch", `the command is for epoch ${epoch}, and this shard ${having(meta)}`);
}

function having({ epoch }: ShardMeta): string {
  return epoch === 0 ? "has no ring yet" : `has the ring of epoch ${epoch}`;
}
