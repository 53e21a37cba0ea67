import { bytesEqual, CodecError, isNodeId } from "@coterie/core";
import type { InstallRingCommand } from "./commands.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { decodeRingRecord, type RingRecord } from "./ring-record.ts";
import type { ShardMeta } from "./shard-meta.ts";

/** Stages a ring, or says why not. The one that is in force already is no error and writes nothing. */
export function installRing(
  meta: ShardMeta,
  transaction: OrderedTransaction,
  { self, record: bytes }: InstallRingCommand,
): Refusal | undefined {
  const record = decodeOrUndefined(bytes);
  if (record === undefined) return refusal("invalid", "the ring record cannot be decoded");
  if (!isNodeId(self)) return refusal("invalid", `"${self}" is not a node id`);
  const { ring } = meta;
  if (ring !== undefined) {
    const { partitions } = ring.view.record;
    if (record.epoch < meta.epoch) {
      return refusal("epoch", `epoch ${record.epoch} is over: the shard has epoch ${meta.epoch}`);
    }
    if (self !== ring.self || record.partitions !== partitions) {
      return refusal(
        "invalid",
        `the store belongs to ${ring.self} in a ring of ${partitions} partitions, not to ${self} in one of ${record.partitions}`,
      );
    }
    if (record.epoch === meta.epoch) {
      if (bytesEqual(bytes, ring.record)) return undefined;
      return refusal("invalid", `two different rings have epoch ${record.epoch}`);
    }
  }
  meta.stageRing(transaction, self, bytes);
  return undefined;
}

function decodeOrUndefined(bytes: Uint8Array): RingRecord | undefined {
  try {
    return decodeRingRecord(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
