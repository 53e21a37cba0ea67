import type { Token } from "@coterie/core";
import type { Item, TreeShape } from "@coterie/merkle-tree";
import type { Refused } from "../commands.ts";

/** The rows of one N in one partition. */
export interface TreeName {
  readonly partition: number;
  readonly n: number;
}

/** What another replica, or the one that compares, asks about the leaves of a shard. */
export type MerkleQuestion =
  /** The roots of these trees, in this order. */
  | { readonly type: "roots"; readonly epoch: number; readonly of: readonly TreeName[] }
  /** All leaves of one tree, to compare with another's. */
  | { readonly type: "leaves"; readonly epoch: number; readonly of: TreeName }
  /** The other side of an exchange: `encodeExchangeRequest`. */
  | {
      readonly type: "exchange";
      readonly epoch: number;
      readonly of: TreeName;
      readonly request: Uint8Array;
    }
  /** The rows of one leaf as the exchange sees them, keys ascending. */
  | {
      readonly type: "items";
      readonly epoch: number;
      readonly of: TreeName;
      readonly leaf: number;
    };

export type MerkleAnswer =
  /** Undefined: the rows of that partition are still being added up. */
  | { readonly type: "roots"; readonly roots: readonly (Token | undefined)[] }
  /** `MerkleTree.encodeLeaves` of a tree of that shape. */
  | { readonly type: "leaves"; readonly shape: TreeShape; readonly leaves: Uint8Array }
  /** `encodeExchangeReply` of it, and whether rows of the partition may be missing here. */
  | { readonly type: "reply"; readonly reply: Uint8Array; readonly recovering: boolean }
  | { readonly type: "items"; readonly items: readonly Item[] }
  /** The rows of the partition are still being added up: ask again in a moment. */
  | { readonly type: "unread" }
  | Refused;
