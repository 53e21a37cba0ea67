import type { Clock, NodeId, Timers, Token } from "@coterie/core";
import type { ExchangeReply, ExchangeRequest, Item, MerkleTree } from "@coterie/merkle-tree";

/** The rows of one N in one partition: what two replicas compare. */
export interface TreeName {
  readonly partition: number;
  readonly n: number;
}

/** Why something could not be done now, as a sentence. */
export interface Unavailable {
  readonly type: "unavailable";
  readonly reason: string;
}

/** The answering side of an exchange. */
export interface PeerAnswer {
  readonly type: "reply";
  readonly reply: ExchangeReply;
  /** The peer may lack rows of the partition itself. */
  readonly recovering: boolean;
}

/** Which ways a row went; `failure`: why not all that was to be done is done, a sentence. */
export interface RepairedRow {
  readonly pulled: boolean;
  readonly pushed: boolean;
  readonly failure: string | undefined;
}

/** Rows that went from one replica to the other, and those that could not. */
export interface MovedRows {
  readonly rows: number;
  /** A sentence; undefined: all of them went. */
  readonly failure: string | undefined;
}

/** What comparing with another replica needs of the node. No promise of it rejects. */
export interface ComparePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** The roots here, in this order; undefined where rows are still being added up. */
  readonly roots: (of: readonly TreeName[]) => Promise<readonly (Token | undefined)[]>;
  /** Which of these trees differ at the peer, as indices. */
  readonly askRoots: (
    peer: NodeId,
    of: readonly TreeName[],
    roots: readonly Token[],
  ) => Promise<{ readonly type: "differing"; readonly indices: readonly number[] } | Unavailable>;
  /** The tree here as it is now; undefined: its rows are still being added up. */
  readonly tree: (of: TreeName) => Promise<MerkleTree | undefined>;
  /** The rows here of one leaf, keys ascending. */
  readonly items: (of: TreeName, leaf: number) => Promise<readonly Item[] | undefined>;
  readonly ask: (
    peer: NodeId,
    of: TreeName,
    request: ExchangeRequest,
  ) => Promise<PeerAnswer | Unavailable>;
  /**
   * Makes one row alike: `pull` merges the peer's versions here, `push` has the peer merge those from here,
   * `both` does one and then, if it is still needed, the other; all durably.
   */
  readonly repairRow: (
    peer: NodeId,
    row: Uint8Array,
    direction: "pull" | "push" | "both",
  ) => Promise<RepairedRow>;
  /** All rows of the leaves `from` … `to` - 1, a page at a time. */
  readonly pullLeaves: (peer: NodeId, of: TreeName, from: number, to: number) => Promise<MovedRows>;
  readonly pushLeaves: (peer: NodeId, of: TreeName, from: number, to: number) => Promise<MovedRows>;
}
