import type { ExchangeRequest } from "./exchange-message.ts";
import type { KeyDifference } from "./item-difference.ts";

/** A node under which the two sides differed: a leaf, or a subtree that one side lacks altogether. */
export interface Suspect {
  readonly level: number;
  readonly index: number;
}

/** What the caller is to do, in this order. */
export type ExchangeEffect =
  /** To the other side, whose `respond` answers it; the answer goes to `receive`. */
  | { readonly type: "send"; readonly request: ExchangeRequest }
  /** Read this side's rows of a leaf and hand them to `scanned`. */
  | { readonly type: "scan"; readonly leaf: number }
  /** One side has nothing in the leaves `from` … `to` - 1: move these rows without asking for keys. */
  | {
      readonly type: "missing";
      readonly where: "here" | "there";
      readonly from: number;
      readonly to: number;
    }
  /** Keys of a leaf that the sides do not hold alike; a large leaf comes in parts. */
  | {
      readonly type: "differences";
      readonly leaf: number;
      readonly differences: readonly KeyDifference[];
    }
  /** This side's rows of a leaf do not add up to its tree: scan them again, and `setLeaf`. */
  | { readonly type: "rebuild"; readonly leaf: number }
  /** A comparison has ended; no suspects: the trees were equal. */
  | { readonly type: "compared"; readonly suspects: readonly Suspect[] }
  /** A recheck has ended. */
  | { readonly type: "rechecked" }
  /** The other side refused, or answered what was not asked; nothing more follows. */
  | { readonly type: "failed"; readonly reason: string };
