import type { HlcStamp } from "@coterie/hybrid-clock";
import type { Dot, SiblingSet } from "@coterie/vector-clock";

/** How the client reads a value. The store does not look into it. */
export type Encoding = "bytes" | "utf8" | "json";

/** What becomes of concurrent writes: kept side by side, or the last one wins. Fixed for a bucket. */
export type Mode = "siblings" | "lww";

/** One write of one key. Immutable; `value` may be a view of a larger buffer and is never changed. */
export interface Version {
  readonly dot: Dot;
  readonly stamp: HlcStamp;
  /** 32 lower-case hexadecimal digits, drawn by the client: a retry carries the same. */
  readonly operationId: string;
  /** The key was deleted; `value` is empty. */
  readonly tombstone: boolean;
  readonly encoding: Encoding;
  /** Milliseconds since the Unix epoch, from which on this is a tombstone; undefined: never. */
  readonly expiresAtMs: number | undefined;
  readonly value: Uint8Array;
  /**
   * The same operation under higher dots, ascending, when a retry was minted where the first attempt
   * was not known. Absent when there are none; a twin has no twins. See `collapseTwins`.
   */
  readonly twins?: readonly Version[];
  /** Its request said that an earlier attempt may have been carried out: there may be a twin anywhere. */
  readonly repeated?: true;
  /**
   * Operations that its writer had seen and that may come up again under further dots: a version of one
   * of them is written over already, whether or not the context covers its dot. See `dropFollowed`.
   */
  readonly follows?: readonly string[];
}

/** All that a replica holds for a key: siblings ascending by dot, one for each operation. */
export type VersionSet = SiblingSet<Version>;

/** Whether a reader at `nowMs` sees a value: neither deleted nor expired. */
export function isLive(
  version: Pick<Version, "tombstone" | "expiresAtMs">,
  nowMs: number,
): boolean {
  return !version.tombstone && (version.expiresAtMs === undefined || nowMs < version.expiresAtMs);
}

/** What a reader at `nowMs` sees: the siblings without tombstones and expired versions. */
export function live(set: VersionSet, nowMs: number): readonly Version[] {
  return set.siblings.filter((version) => isLive(version, nowMs));
}
