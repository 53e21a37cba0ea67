import { causalityOf, decodeCausality, type Era, FIRST_ERA, subsumes } from "@coterie/versions";
import type { Bucket } from "./bucket.ts";
import type { Placement, Replicas } from "./replicas.ts";

/** A version set, and the era under which it was minted or read. */
export interface Copy {
  readonly versions: Uint8Array;
  readonly era?: Era | undefined;
}

/** Where the coordinator's own row is. */
export interface OwnRow {
  readonly replicas: Replicas;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  readonly placement: Placement;
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
}

/**
 * What to send in the place of a copy that came too late for a collection round: its replica has deleted since it
 * was minted, and cannot know that it brings nothing back. The coordinator was swept before anything was deleted, so
 * its row as it stands *now* is of the new era, as what anti-entropy would bring; and where that subsumes the copy, a
 * replica that takes it holds the write. Undefined: the row does not, or it is no younger than the copy.
 */
export async function renewCopy(
  { replicas, row, bucket, placement: { epoch }, deadlineMs }: OwnRow,
  late: Copy,
): Promise<Copy | undefined> {
  const own = await replicas.read(replicas.self, row, "versions", bucket, { epoch, deadlineMs });
  if (own.type !== "row" || own.versions === undefined || own.recovering) return undefined;
  const { versions, era = FIRST_ERA } = own;
  if (era.swept <= (late.era?.swept ?? 0)) return undefined;
  const holds = subsumes(clocksOf(versions), clocksOf(late.versions));
  return holds ? { versions, era } : undefined;
}

function clocksOf(versions: Uint8Array): ReturnType<typeof decodeCausality> {
  return decodeCausality(causalityOf(versions));
}
