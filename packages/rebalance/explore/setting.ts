import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";
import type { ChangeRequest } from "../src/index.ts";

/** What is explored, and how far: one key of one partition, N=3, R=W=2. */
export interface Setting {
  /** Under which everybody serves at first. */
  readonly ring: RingRecord;
  /** Everybody who plays a part. */
  readonly nodes: readonly NodeId[];
  /** Begun one after the other, each when the ring is stable again. */
  readonly changes: readonly ChangeRequest[];
  /** How many times an operator takes a change back, at any moment. */
  readonly aborts: number;
  /** Orders that are given before anything else happens, and of which nobody has learned. */
  readonly already?: readonly ("begins" | "aborts")[];
  /**
   * What clients do, one after the other, before the read: a write, or a write and a delete of what was
   * written. `collected`: both are long over and the tombstone is gone; the leftover of `ghostAt` is all
   * there is, and no read may return it.
   */
  readonly history: "write" | "write, delete" | "collected";
  readonly ghostAt?: NodeId;
  /** Two nodes that play the same part: states that differ by their names alone are one. */
  readonly alike?: readonly [NodeId, NodeId] | undefined;
  /** One condition that is taken away. */
  readonly without?: Condition;
}

/** The conditions of design §9 that carry the argument, by what happens once they are gone. */
export type Condition =
  | "writes reach the new owners while joining"
  | "writes reach the old owners while switched"
  | "reads ask the old owners while joining"
  | "every gainer scans, named by the change or not"
  | "N - wMin + 1 sources are scanned"
  | "owners that stay scan when there are fewer than N"
  | "a source is scanned in joining"
  | "a gainer scans in joining"
  | "scans of another change count for nothing"
  | "a gainer discards leftovers first"
  | "N - rMin + 1 old owners know of the switch"
  | "N - rMin + 1 new owners know of the way back"
  | "the epoch is compared when the row is written"
  | "the epoch is compared at all"
  | "answers under another epoch count for nothing"
  | "a phase is durable before it is served"
  | "losers keep their rows until the ring is stable"
  | "the record is one register";
