import { create } from "@bufbuild/protobuf";
import { fromHex, type NodeId } from "@coterie/core";
import type { Bucket } from "@coterie/quorum";
import { partitionOfRow, rowKey } from "@coterie/shard-engine";
import type { IntervalClock } from "@coterie/vector-clock";
import { decodeVersions, type VersionSet } from "@coterie/versions";
import {
  Error_Code,
  type ExplainKeyResponse,
  ExplainKeyResponseSchema,
  ExplainRowSchema,
  type ReplicaView,
  ReplicaViewSchema,
} from "@coterie/wire";
import { bucketToWire } from "../buckets/bucket-definition.ts";
import type { Collections } from "../collection/collections.ts";
import { failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeStore } from "../node-store.ts";
import { encodingToWire } from "../requests/request-checks.ts";

export interface ExplainParts {
  readonly self: NodeId;
  readonly cluster: Cluster;
  readonly peers: Peers;
  readonly store: NodeStore;
  readonly collections: Collections;
}

/** How long each replica has to show what it holds. */
const ASK_MS = 1_000;

/** Everything about one key: where it belongs, and what each of its primaries holds of it now. */
export async function explainKey(
  parts: ExplainParts,
  bucket: Bucket,
  key: Uint8Array,
): Promise<ExplainKeyResponse> {
  const view = parts.cluster.ring;
  const { record } = view;
  const row = rowKey(bucket.name, key);
  const partition = partitionOfRow(row, record.partitions);
  const ring = view.ring(bucket.n);
  const primaries = view.primaries(partition, bucket.n);
  return create(ExplainKeyResponseSchema, {
    token: row.subarray(0, 8),
    partition,
    epoch: record.epoch,
    bucket: bucketToWire(bucket),
    preferenceList: [...ring.preferenceList(partition)],
    replicas: await Promise.all(primaries.map((id) => viewOf(parts, id, row, bucket))),
  });
}

async function viewOf(
  { self, store, cluster, peers, collections }: ExplainParts,
  id: NodeId,
  row: Uint8Array,
  bucket: Bucket,
): Promise<ReplicaView> {
  if (id === self) {
    const { epoch } = cluster.ring.record;
    const result = await store.read({ epoch, row, bucket, want: "versions" });
    if (result.type === "refused") return unseen(id, result.detail);
    const keptBecause = collections.explain(row, bucket.n, result.versions) ?? "";
    return { ...replicaView(id, result.versions, result.recovering), keptBecause };
  }
  const body = { case: "explain" as const, value: create(ExplainRowSchema, { row }) };
  const result = await peers.call(id, body, ASK_MS);
  if (result.type !== "reply") return unseen(id, result.reason);
  if (result.reply.body.case !== "explain") return unseen(id, "it could not answer");
  const { versions, recovering, keptBecause } = result.reply.body.value;
  const encoded = versions.length === 0 ? undefined : versions;
  return { ...replicaView(id, encoded, recovering), keptBecause };
}

function replicaView(
  nodeId: NodeId,
  encoded: Uint8Array | undefined,
  recovering: boolean,
): ReplicaView {
  if (encoded === undefined) return create(ReplicaViewSchema, { nodeId, recovering });
  const set: VersionSet = decodeVersions(encoded);
  return create(ReplicaViewSchema, {
    nodeId,
    recovering,
    rowBytes: encoded.length,
    clock: describeClock(set.context),
    versions: set.siblings.map((version) => ({
      dot: `${version.dot.actor}:${version.dot.counter}`,
      writtenAtMs: version.stamp.wallMs,
      tombstone: version.tombstone,
      encoding: encodingToWire(version.encoding),
      valueBytes: version.value.length,
      operationId: fromHex(version.operationId) ?? new Uint8Array(),
      expiresAtMs: version.expiresAtMs ?? 0,
    })),
  });
}

/** `actor:from..to`, one for each interval. */
function describeClock(clock: IntervalClock): string {
  return clock
    .intervals()
    .map(({ actor, from, to }) => (from === to ? `${actor}:${from}` : `${actor}:${from}..${to}`))
    .join(" ");
}

function unseen(nodeId: NodeId, reason: string): ReplicaView {
  return create(ReplicaViewSchema, { nodeId, error: failure(Error_Code.UNAVAILABLE, reason) });
}
