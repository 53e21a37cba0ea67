import { create } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import { Refusal, type RowClock, ScanRowsSchema } from "@coterie/wire";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { RingKeeper } from "./ring-keeper.ts";

export interface PartitionPagesParts {
  readonly cluster: Cluster;
  readonly rings: RingKeeper;
  readonly peers: Peers;
}

/** How long another node has for one page. */
const PAGE_MS = 3_000;

/** The rows of a partition as another node describes them, page by page. */
export interface ReadPartition {
  /** Why it could not be read to its end, as half a sentence; undefined: it was. */
  readonly obstacle: string | undefined;
  /** The other may lack rows of it. */
  readonly recovering: boolean;
}

/**
 * Reads all of a partition at `source`, handing over page after page. Each page is read under the ring that
 * is in force here: the source refuses when its own differs, and then the two agree first.
 */
export async function readPartition(
  { cluster, rings, peers }: PartitionPagesParts,
  source: NodeId,
  partition: number,
  onPage: (rows: readonly RowClock[]) => Promise<string | undefined>,
): Promise<ReadPartition> {
  let recovering = false;
  let from = new Uint8Array();
  do {
    const { epoch } = cluster.ring.record;
    const body = {
      case: "scan" as const,
      value: create(ScanRowsSchema, { epoch, partition, from }),
    };
    const result = await peers.call(source, body, PAGE_MS);
    if (result.type !== "reply") return { obstacle: "it does not answer", recovering };
    if (result.reply.body.case !== "scan") return { obstacle: "it cannot answer", recovering };
    const page = result.reply.body.value;
    if (page.refusal === Refusal.EPOCH) await rings.agreeWith(source);
    if (page.refusal !== Refusal.UNSPECIFIED) return { obstacle: page.detail, recovering };
    recovering ||= page.recovering;
    const obstacle = await onPage(page.rows);
    if (obstacle !== undefined) return { obstacle, recovering };
    from = page.next.slice();
  } while (from.length > 0);
  return { obstacle: undefined, recovering };
}
