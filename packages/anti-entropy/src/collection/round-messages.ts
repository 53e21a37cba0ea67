import type { NodeId } from "@coterie/core";
import type { Era } from "@coterie/versions";

/** What a round asks its driver to send; each is answered once, by `CollectionRound.receive`. */
export type RoundEffect<Row> =
  | { readonly type: "vote"; readonly to: NodeId; readonly rows: readonly Row[] }
  | {
      readonly type: "sweep";
      readonly to: NodeId;
      /** The round's number. */
      readonly swept: number;
      /** The last collection that any primary has carried out. */
      readonly collected: number;
      /** The process that voted there: another one may stand on an older copy of the disk. Undefined: it had no vote. */
      readonly voter: string | undefined;
    }
  | { readonly type: "end"; readonly to: NodeId; readonly rows: readonly Row[] };

/** What came back from one node for the step that it was asked for. */
export type RoundAnswer =
  | {
      readonly type: "vote";
      /** One for each row: it holds exactly this, durably. */
      readonly holds: readonly boolean[];
      readonly era: Era;
      readonly recovering: boolean;
      /** Names the process that votes; the next one has another. */
      readonly voter: string;
    }
  | { readonly type: "swept" }
  | {
      readonly type: "ended";
      readonly deleted: number;
      readonly folded: number;
      readonly kept: number;
    }
  /** It refused, or was not heard in time. The reason is a phrase that follows the node's name. */
  | { readonly type: "no"; readonly reason: string };

/** Who or what kept a round from its end. */
export interface Blocker {
  readonly node: NodeId;
  readonly reason: string;
}

export type RoundOutcome =
  | { readonly type: "pending" }
  /** All primaries have ended it. */
  | {
      readonly type: "collected";
      readonly swept: number;
      /** Of the primary that took the most. */
      readonly deleted: number;
      readonly folded: number;
    }
  /** The primaries do not hold the same yet, of any row: repair comes first. */
  | { readonly type: "unequal" }
  /** Nothing more will come of it; a later round begins anew. What some primaries have deleted stays deleted. */
  | { readonly type: "blocked"; readonly at: Step; readonly by: readonly Blocker[] };

export type Step = "vote" | "sweep" | "end";
