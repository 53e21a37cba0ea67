export type { ShardStats } from "./shard-stats.ts";

import type { NodeId } from "@coterie/core";
import type { HlcStamp } from "@coterie/hybrid-clock";
import type { Dot } from "@coterie/vector-clock";
import type { Encoding, Era, Mode } from "@coterie/versions";
import type { Collected, CollectionCommand } from "./collection/commands.ts";
import type { StorageErrorKind } from "./ordered-store.ts";
import type { RecoveryCommand } from "./recovery-commands.ts";

/** What the engine needs to know of a row's bucket. */
export interface BucketRules {
  readonly n: number;
  readonly mode: Mode;
}

/** Mints a version: a client's put, or its delete (`tombstone`). */
export interface MintCommand {
  readonly type: "mint";
  /** The ring epoch under which the coordinator chose this replica. */
  readonly epoch: number;
  /** A row key (`rowKey`, or checked by `parseRowKey`). */
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
  /** The request's causal context, an encoded `IntervalClock`; empty: the client has seen nothing. */
  readonly context: Uint8Array;
  /** The stamp in the request's context, which an `lww` version must exceed. */
  readonly contextStamp: HlcStamp | undefined;
  /** Operations that the client has seen and that may come up again under other dots: by id. */
  readonly follows: readonly string[];
  /** 32 hexadecimal digits. A retry carries the same. */
  readonly operationId: string;
  /** An earlier attempt of the operation may have been carried out, here or elsewhere. */
  readonly retry: boolean;
  readonly tombstone: boolean;
  readonly encoding: Encoding;
  /** Absolute, milliseconds since the Unix epoch. */
  readonly expiresAtMs: number | undefined;
  /** Empty for a tombstone. */
  readonly value: Uint8Array;
  /** Of the partition at the node that took the request, at that moment; undefined: the first. */
  readonly era?: Era | undefined;
}

/** Merges a complete version set from another replica. */
export interface MergeCommand {
  readonly type: "merge";
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
  /** `encodeVersions` of the set. */
  readonly versions: Uint8Array;
  /** Under which it was read or minted; undefined: the first, so that nothing collected comes back. */
  readonly era?: Era | undefined;
}

/** Installs a ring of a higher epoch: in force once it is durable, never before. */
export interface InstallRingCommand {
  readonly type: "installRing";
  /** Who this node is in the ring: stored with it, and never another one on the same store. */
  readonly self: NodeId;
  /** `encodeRingRecord` of it. */
  readonly record: Uint8Array;
}

/** Stores something that the node wants to know at its next start; undefined deletes it. */
export interface PutMetaCommand {
  readonly type: "putMeta";
  /** Printable ASCII, short. */
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/**
 * Keeps a version set for primaries that missed it: as a fallback that stands in for one, or as a
 * coordinator whose copy was not confirmed. Not a row: this node need not own the partition.
 */
export interface KeepHintCommand {
  readonly type: "keepHint";
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
  /** `encodeVersions` of the set. */
  readonly versions: Uint8Array;
  /** The primary that missed it: for people. */
  readonly intendedFor: NodeId;
  /** Under which it was read or minted; undefined: the first. */
  readonly era?: Era | undefined;
}

/** Removes a hint that all primaries have durable, unless it has grown since it was read. */
export interface DropHintCommand {
  readonly type: "dropHint";
  readonly row: Uint8Array;
  /** The hint's versions as they were delivered. */
  readonly versions: Uint8Array;
}

/** Drops a row that this node does not own under its ring: what a ring change left behind. */
export interface DropRowCommand {
  readonly type: "dropRow";
  readonly epoch: number;
  readonly row: Uint8Array;
  /** Of its bucket now, which may have grown since the row was written. */
  readonly n: number;
  /** A ring that is chosen gives the partition to this node anew, which missed how it lost it: it goes all the same. */
  readonly regained: boolean;
}

export type WriteCommand =
  | MintCommand
  | MergeCommand
  | KeepHintCommand
  | DropHintCommand
  | DropRowCommand
  | InstallRingCommand
  | PutMetaCommand
  | RecoveryCommand
  | CollectionCommand;

/** Reads one row. */
export interface ReadCommand {
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
  /** `causality`: context and dots alone (`causalityOf`), no values. */
  readonly want: "versions" | "causality";
  /** The reader knows that this node is no primary: it asks for what is kept as a hint. */
  readonly standIn?: boolean;
}

/** Reads hints in the order of their rows. */
export interface HintScan {
  /** The `next` of the slice before; undefined: from the start. */
  readonly from: Uint8Array | undefined;
  /** At most so many; a slice also ends after 1 MiB. */
  readonly limit: number;
}

export interface KeptHint {
  readonly row: Uint8Array;
  readonly versions: Uint8Array;
  readonly intendedFor: NodeId;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Of its partition here; undefined: the first. */
  readonly era?: Era | undefined;
}

export type HintScanResult =
  | {
      readonly type: "hints";
      readonly hints: readonly KeptHint[];
      /** Where the next slice starts; undefined: this was the last. */
      readonly next: Uint8Array | undefined;
    }
  | Refused;

/** Reads rows of one partition in key order, for transfer, tree building and export. */
export interface ScanCommand {
  readonly epoch: number;
  readonly partition: number;
  /** The `next` of the slice before; undefined: from the start. */
  readonly from: Uint8Array | undefined;
  /** At most so many rows; a slice also ends after 1 MiB. */
  readonly limit: number;
  readonly want: "versions" | "causality";
  /** Only the rows of this N in the leaves `from` … `to` - 1 of the partition's tree. */
  readonly leaves?: { readonly n: number; readonly from: number; readonly to: number };
}

/**
 * Why nothing was written or read.
 * - `epoch`: the two rings differ; the refusal carries the shard's. Agree, then try again.
 * - `notOwner`: this node does not own the partition under its ring.
 * - `storage`: the disk failed, is full, or the data is damaged.
 * - `overloaded`: the queue is full.
 * - `invalid`: bytes that cannot be what they should be.
 * - `contextFromFuture`: the context claims writes of this process that it has not made.
 * - `drift`: the stamp would lie too far ahead of this node's clock (`lww`).
 * - `siblingLimit`, `valueLimit`: limits on client writes.
 * - `collected`: it may bring back what a collection round has taken; see `Era`.
 * - `recovering`, `hints`: what a collection round has to wait for here.
 * - `closed`: the shard is closing, or it is gone; `CommitResult` tells the two apart.
 */
export type RefusalReason =
  | "epoch"
  | "notOwner"
  | "storage"
  | "overloaded"
  | "invalid"
  | "contextFromFuture"
  | "drift"
  | "siblingLimit"
  | "valueLimit"
  | "collected"
  | "recovering"
  | "hints"
  | "closed";

export interface Refused {
  readonly type: "refused";
  readonly reason: RefusalReason;
  /** A sentence. */
  readonly detail: string;
  /** Of the shard's ring; 0: it has none. */
  readonly epoch: number;
}

export interface Minted {
  readonly type: "minted";
  /** The row's complete new set: what goes to the other replicas. */
  readonly versions: Uint8Array;
  /** What the client has seen now: its request's context and the new dot. An encoded `IntervalClock`. */
  readonly context: Uint8Array;
  /** What the client follows from now on, beside the context. */
  readonly follows: readonly string[];
  readonly stamp: HlcStamp;
  readonly dot: Dot;
  /** The operation was here already: this is its version, to be replicated again. */
  readonly repeated: boolean;
  /** This replica may lack data of the row's partition. */
  readonly recovering: boolean;
  /** Under which it was minted; undefined: the first. */
  readonly era?: Era | undefined;
}

export interface Merged {
  readonly type: "merged";
  /** What the row holds now. */
  readonly versions: Uint8Array;
  readonly recovering: boolean;
  /** Of the row's partition now; undefined: the first. */
  readonly era?: Era | undefined;
}

/** What a write came to inside its transaction. It is durable when `CommitResult` says so, not before. */
export type Staged =
  | Minted
  | Merged
  /** A ring installed, meta put, recovery marked, a hint or a row dropped. */
  | { readonly type: "accepted" }
  | Collected
  | Refused;

/**
 * How a batch ended: `committed` or `failed` as a whole. `refused`: the command was refused before, and
 * nothing of it was written. `closed`: the shard ended before it answered, and the write may be durable.
 */
export type CommitResult =
  | { readonly type: "committed" }
  | {
      readonly type: "failed";
      readonly kind: StorageErrorKind | "refused" | "closed";
      /** A sentence. */
      readonly detail: string;
    };

export interface RowRead {
  readonly type: "row";
  /** The set or its causality, as asked; undefined: there is no such row. */
  readonly versions: Uint8Array | undefined;
  /** The row may be incomplete: this reply never counts for R. */
  readonly recovering: boolean;
  readonly epoch: number;
  /** Of the row's partition here; undefined: the first. */
  readonly era?: Era | undefined;
}

export type ReadResult = RowRead | Refused;

export interface ScannedRow {
  readonly row: Uint8Array;
  readonly versions: Uint8Array;
}

export type ScanResult =
  | {
      readonly type: "rows";
      readonly rows: readonly ScannedRow[];
      /** Damaged rows that were left out. */
      readonly suspects: number;
      /** Where the next slice starts; undefined: this was the last. */
      readonly next: Uint8Array | undefined;
      readonly recovering: boolean;
      readonly epoch: number;
      /** Of the partition here; undefined: the first. */
      readonly era?: Era | undefined;
    }
  | Refused;

export interface MetaEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

export type MetaResult =
  | { readonly type: "meta"; readonly entries: readonly MetaEntry[] }
  | Refused;
