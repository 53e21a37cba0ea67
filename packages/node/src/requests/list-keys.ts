import { create } from "@bufbuild/protobuf";
import { parseRowKey } from "@coterie/shard-engine";
import {
  Error_Code,
  type ListKeysRequest,
  type ListKeysResponse,
  ListKeysResponseSchema,
} from "@coterie/wire";
import { type Failure, failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeStore } from "../node-store.ts";

const ROWS_DEFAULT = 256;
/** A page is one turn of the shard's worker, in front of everybody's writes. */
const ROWS_MAX = 1024;

/** A page of the keys that this node's own shard holds: one replica's view, of whatever buckets share the range. */
export async function listKeys(
  { bucket, partition, from, limit }: ListKeysRequest,
  cluster: Cluster,
  store: NodeStore,
): Promise<ListKeysResponse | Failure> {
  if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
  const { epoch, partitions } = cluster.ring.record;
  if (partition >= partitions) {
    return failure(Error_Code.INVALID, `there is no partition ${partition}; Q is ${partitions}`);
  }
  const scanned = await store.scan({
    epoch,
    partition,
    from: from.length === 0 ? undefined : from,
    limit: Math.min(limit === 0 ? ROWS_DEFAULT : limit, ROWS_MAX),
    want: "causality",
  });
  if (scanned.type === "refused") return failure(Error_Code.UNAVAILABLE, scanned.detail);
  return create(ListKeysResponseSchema, {
    keys: scanned.rows
      .map(({ row }) => parseRowKey(row))
      .filter((row) => row.bucket === bucket)
      .map(({ key }) => key),
    next: scanned.next ?? new Uint8Array(0),
    // A damaged row may be a key that is missing here.
    recovering: scanned.recovering || scanned.suspects > 0,
  });
}
