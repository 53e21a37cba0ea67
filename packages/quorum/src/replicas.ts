import type { NodeId } from "@coterie/core";
import type { HlcStamp } from "@coterie/hybrid-clock";
import type { Encoding, Era } from "@coterie/versions";
import type { Bucket } from "./bucket.ts";

/** Where one row lives under one epoch of the ring (design §9: joining and switched have two write groups). */
export interface Placement {
  readonly epoch: number;
  /** Lists of primaries; a write needs W of each. */
  readonly writeGroups: readonly (readonly NodeId[])[];
  /** Lists of primaries; a read needs R of each. */
  readonly readGroups: readonly (readonly NodeId[])[];
  /** Who may stand in for primaries, in order. Empty: nobody does, and sloppy equals strict. */
  readonly fallbacks: readonly NodeId[];
}

/** A write to be minted by this node's own shard. */
export interface MintCommand {
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  /** Encoded causal context of the read that the write is based on; empty when nothing was seen. */
  readonly context: Uint8Array;
  readonly contextStamp: HlcStamp | undefined;
  /** Operations that the client has seen and that may come up again under other dots: by id. */
  readonly follows: readonly string[];
  /** 32 hexadecimal digits; the id of an earlier write asks for *that* version. */
  readonly operationId: string;
  /** An earlier attempt of the operation may have been carried out. */
  readonly retry: boolean;
  readonly tombstone: boolean;
  readonly encoding: Encoding;
  readonly expiresAtMs: number | undefined;
  readonly value: Uint8Array;
  /** Of the row's partition where the request was taken, at that moment; undefined: the first. */
  readonly era?: Era | undefined;
}

/** Why a replica wrote or read nothing. */
export type Refusal =
  /** The two rings differ: they agree, then the coordinator asks again. */
  | "epoch"
  | "notOwner"
  | "overloaded"
  | "storage"
  /** It does not know the bucket; the port has tried to tell it. */
  | "bucket"
  /** It may bring back what a collection round has taken there. */
  | "collected"
  | "closed"
  | "invalid";

/** Why a shard minted nothing: a replica's reasons, and the faults of the request or of the clocks. */
export type MintRefusal = Refusal | "contextFromFuture" | "drift" | "siblingLimit" | "valueLimit";

/** The mint in the shard's open transaction, before it is durable. */
export type MintStaged =
  | {
      readonly type: "minted";
      /** The row's complete new version set, canonical. */
      readonly versions: Uint8Array;
      /** What the client may claim to have seen: its context and the new dot, encoded. */
      readonly context: Uint8Array;
      /** What the client follows from now on, beside the context. */
      readonly follows: readonly string[];
      readonly stamp: HlcStamp;
      /** The operation id was found: this is its version, and it is to be replicated again. */
      readonly repeated: boolean;
      /** Under which it was minted: goes with every copy. Undefined: the first. */
      readonly era?: Era | undefined;
    }
  | {
      readonly type: "refused";
      readonly refusal: MintRefusal;
      readonly epoch: number;
      readonly detail: string;
    }
  | { readonly type: "lost"; readonly reason: string };

/** What became of a write at one replica. */
export type ReplicaWrite =
  | { readonly type: "durable" }
  | {
      readonly type: "refused";
      readonly refusal: Refusal;
      readonly epoch: number;
      readonly detail: string;
    }
  /** Provably never left this process. */
  | { readonly type: "notSent"; readonly reason: string }
  /** No reply: it may have been carried out. */
  | { readonly type: "lost"; readonly reason: string };

/** What one replica says of a row. */
export type ReplicaRead =
  | {
      readonly type: "row";
      /** The version set, or its causality alone, as it was asked for; undefined: no such row. */
      readonly versions: Uint8Array | undefined;
      /** The row may be incomplete here: it never counts for R. */
      readonly recovering: boolean;
      /** Of the row's partition there; undefined: the first. */
      readonly era?: Era | undefined;
    }
  | Exclude<ReplicaWrite, { readonly type: "durable" }>;

/** Which part of a row a read needs. */
export type Want = "versions" | "causality";

/** What goes with a merge. */
export interface MergeOptions {
  readonly epoch: number;
  /** Monotonic milliseconds; the port settles its promise by then. */
  readonly deadlineMs: number;
  /** Sent by a read, not by a write. */
  readonly repair: boolean;
  /** The receiver is a fallback and keeps a durable hint for this primary. */
  readonly hintFor?: NodeId;
  /** Of what is merged: a replica that has collected since refuses it. Undefined: the first. */
  readonly era?: Era | undefined;
}

/** What goes with a read. */
export interface ReadOptions {
  readonly epoch: number;
  /** Monotonic milliseconds; the port settles its promise by then. */
  readonly deadlineMs: number;
}

/**
 * The replicas as a coordinator sees them: this node's own shard and the peers behind their links. A node
 * maps it to mailboxes and sessions; a test scripts it. No promise of it rejects: what goes wrong is a
 * `notSent` or a `lost`, and a rejection is taken for the latter.
 */
export interface Replicas {
  readonly self: NodeId;
  /** Where the row lives under the newest ring that this node has made durable. */
  placement(row: Uint8Array, bucket: Bucket): Placement;
  /** `durable` settles after `staged`, and means nothing when that is a refusal. */
  mint(command: MintCommand): {
    readonly staged: Promise<MintStaged>;
    readonly durable: Promise<ReplicaWrite>;
  };
  /** Merges a version set into the row of a node, this one included, and makes it durable. */
  merge(
    to: NodeId,
    row: Uint8Array,
    versions: Uint8Array,
    bucket: Bucket,
    options: MergeOptions,
  ): Promise<ReplicaWrite>;
  /** Committed state of a node, this one included; at once where it is at hand. */
  read(
    from: NodeId,
    row: Uint8Array,
    want: Want,
    bucket: Bucket,
    options: ReadOptions,
  ): ReplicaRead | Promise<ReplicaRead>;
  /** The same nodes, the best by recent latency and phi first; where this node stands among them says nothing. */
  rank(nodes: readonly NodeId[]): readonly NodeId[];
  /** The recent p95 of a node's answers, in milliseconds. */
  expectedLatencyMs(node: NodeId): number;
  /**
   * Whether it is already known that a request would not get through. A write that has too few others
   * is then refused before anything is sent, which beats a doubt. When unsure: false.
   */
  isDown(node: NodeId): boolean;
  /** Makes this node and `node` install the newer of their two rings. Settles in bounded time, done or not. */
  agreeOnEpoch(node: NodeId, theirEpoch: number): Promise<void>;
  /**
   * A primary did not confirm a write that was not refused everywhere: the place to keep a hint. It may
   * be called for a write that arrives there after all; merging is idempotent.
   */
  onMissed(node: NodeId, row: Uint8Array, versions: Uint8Array, era: Era | undefined): void;
}
