import type { NodeId } from "@coterie/core";
import type { Era } from "@coterie/versions";

/** A write that some primary of its row missed, kept until all primaries have it. */
export interface Hint {
  /** The row's key. */
  readonly row: Uint8Array;
  /** `encodeVersions` of what is to reach the primaries. */
  readonly versions: Uint8Array;
  /** The primary that missed it: for people. The hint drains to every primary that lacks it. */
  readonly intendedFor: NodeId;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Of the row's partition here when it was read; undefined: the first. */
  readonly era?: Era | undefined;
}
