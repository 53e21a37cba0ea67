import type { Clock, NodeId, Timers } from "@coterie/core";
import type { Hint } from "./hint.ts";

/** One slice of the hints that this node keeps, in the order of their rows. */
export interface HintSlice {
  readonly hints: readonly Hint[];
  /** Where the next slice starts; undefined: this was the last. */
  readonly next: Uint8Array | undefined;
}

/** What became of bringing one hint to one primary. */
export type Delivery =
  /** It has the versions durable, these or what covers them. */
  | "durable"
  /** It cannot be reached, or does not want it now: try again later. */
  | "later";

/** What the drainer needs of the node. No promise of it rejects. */
export interface HandoffPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** The durable hints from the row `from` on. */
  readonly slice: (from: Uint8Array | undefined, limit: number) => Promise<HintSlice>;
  /** Removes the hint, unless it has grown since `hint` was read. */
  readonly drop: (hint: Hint) => Promise<void>;
  /** The row's primaries under the ring in force; empty when the bucket is not known yet. */
  readonly primaries: (row: Uint8Array) => readonly NodeId[];
  /** Whether an attempt makes sense at all. */
  readonly isReachable: (node: NodeId) => boolean;
  /** Brings the versions to a primary that lacks them, and waits until they are durable there. */
  readonly deliver: (to: NodeId, hint: Hint) => Promise<Delivery>;
}
