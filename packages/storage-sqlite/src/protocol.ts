import type {
  CollectionAnswer,
  CollectionQuestion,
  HintScan,
  HintScanResult,
  MerkleAnswer,
  MerkleQuestion,
  MetaResult,
  ShardStats,
  StorageErrorKind,
} from "@coterie/shard-engine";
import type { SqliteStoreOptions } from "./sqlite-store.ts";

/** What a shard's thread is started with. */
export interface ThreadData {
  readonly file: string;
  readonly shard: number;
  readonly shards: number;
  readonly store: SqliteStoreOptions;
  readonly engine: {
    readonly maxDriftMs?: number;
    readonly siblingsMax?: number;
    readonly valueBytesMax?: number;
  };
}

/** The thread's first message. */
export type Opened =
  | { readonly type: "opened" }
  | { readonly type: "failed"; readonly kind: StorageErrorKind; readonly message: string };

/**
 * What the event loop sends: a frame of commands (their count, then each), or a question that is too rare for
 * a codec.
 */
export type ToThread = ArrayBuffer | Question;

export interface Question {
  readonly id: number;
  readonly ask:
    | { readonly type: "meta"; readonly prefix: string }
    | { readonly type: "hints"; readonly scan: HintScan }
    | { readonly type: "merkle"; readonly question: MerkleQuestion }
    | { readonly type: "collection"; readonly question: CollectionQuestion }
    | { readonly type: "stats" }
    | { readonly type: "backUp"; readonly file: string }
    | { readonly type: "close" };
}

/**
 * What the thread sends: a frame, or the answer to a question. A frame begins with what it tells. COMMITTED: how the last batch
 * with writes ended. RESULTS: how many frames of commands are answered, then what the looks of all of them saw, then what their
 * writes came to. A frame that tells both has them in this order.
 */
export type FromThread = ArrayBuffer | Answer;

export const COMMITTED = 1;
export const RESULTS = 2;

export interface Answer {
  readonly id: number;
  readonly result: /** Of a question about meta data, hints or leaves. */
    | {
        readonly type: "seen";
        readonly answer: MetaResult | HintScanResult | MerkleAnswer | CollectionAnswer;
      }
    | { readonly type: "stats"; readonly stats: ShardStats }
    | { readonly type: "done" }
    | { readonly type: "failed"; readonly kind: StorageErrorKind; readonly message: string };
}
