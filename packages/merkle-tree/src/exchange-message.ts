import type { Token } from "@coterie/core";
import type { NodeDigest } from "./digest-codec.ts";
import type { TreeShape } from "./merkle-tree.ts";

/** One row as an exchange sees it: its key, and the hash by which it entered its leaf. */
export interface Item {
  readonly key: Uint8Array;
  readonly hash: Token;
}

/** The items of one leaf, or of a part of it; keys ascend. */
export interface LeafItems {
  readonly leaf: number;
  readonly items: readonly Item[];
}

/** "Which of these nodes of mine differ from yours?" */
export interface CompareRequest {
  readonly type: "compare";
  readonly sequence: number;
  readonly shape: TreeShape;
  readonly level: number;
  /** Ascending. */
  readonly nodes: readonly NodeDigest[];
}

/** "Which items have you in these leaves?", of the first leaf only those with keys above `after`. */
export interface ListRequest {
  readonly type: "list";
  readonly sequence: number;
  readonly shape: TreeShape;
  /** Ascending. */
  readonly leaves: readonly number[];
  readonly after: Uint8Array | undefined;
}

/** Complete in itself: who answers keeps nothing between two requests. */
export type ExchangeRequest = CompareRequest | ListRequest;

/** The nodes asked about that differ, and which of those are empty on the answering side. */
export interface DifferingReply {
  readonly type: "differing";
  readonly sequence: number;
  readonly differing: readonly number[];
  readonly empty: readonly number[];
}

/** The leaves asked for in their order, as far as one message reaches. */
export interface ItemsReply {
  readonly type: "items";
  readonly sequence: number;
  readonly leaves: readonly LeafItems[];
  /** Whether the last leaf goes on after the last item given. */
  readonly unfinished: boolean;
}

/** The request means nothing to the answering side's tree, whose shape this is. */
export interface RefusedReply {
  readonly type: "refused";
  readonly sequence: number;
  readonly shape: TreeShape;
}

export type ExchangeReply = DifferingReply | ItemsReply | RefusedReply;
