import type { Clock, NodeId } from "@coterie/core";
import type { Replicas } from "@coterie/quorum";
import { type Era, FIRST_ERA } from "@coterie/versions";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import type { Located } from "./request-lead.ts";

export interface EraOfPrimariesParts {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly peers: Peers;
  readonly rings: RingKeeper;
  readonly replicas: Pick<Replicas, "read">;
}

/**
 * Under which era a write is taken in by a node that owns nothing. No round sweeps such a node, so it cannot tell by
 * itself what was collected; it asks a primary before it hands the write on. Else one that is long on its way, behind
 * a cut say, would come as new after a collection, and bring back what was deleted. Undefined: no primary says it.
 */
export async function eraOfPrimaries(
  { clock, cluster, peers, rings, replicas }: EraOfPrimariesParts,
  { row, bucket, deadlineMs }: Located,
  primaries: readonly NodeId[],
): Promise<Era | undefined> {
  for (const [tried, primary] of peers.rank(primaries).entries()) {
    const nowMs = clock.monotonicMs();
    // Half of the time is the write's own.
    const patienceMs = (deadlineMs - nowMs) / (2 * (primaries.length - tried));
    const { epoch } = cluster.ring.record;
    const options = { epoch, deadlineMs: nowMs + patienceMs };
    const read = await replicas.read(primary, row, "causality", bucket, options);
    if (read.type === "row") return read.era ?? FIRST_ERA;
    if (read.type === "refused" && read.refusal === "epoch") await rings.agreeWith(primary);
  }
  return undefined;
}
