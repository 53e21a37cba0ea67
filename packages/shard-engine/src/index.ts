export type {
  AdoptEraCommand,
  Collected,
  CollectedRow,
  CollectRowsCommand,
  SweepPartitionCommand,
} from "./collection/commands.ts";
export type { CollectionAnswer, CollectionQuestion } from "./collection/questions.ts";
export type { RoundId } from "./collection/round-id.ts";
export type {
  BucketRules,
  CommitResult,
  DropHintCommand,
  DropRowCommand,
  HintScan,
  HintScanResult,
  InstallRingCommand,
  KeepHintCommand,
  KeptHint,
  MergeCommand,
  Merged,
  MetaEntry,
  MetaResult,
  MintCommand,
  Minted,
  PutMetaCommand,
  ReadCommand,
  ReadResult,
  RefusalReason,
  Refused,
  RowRead,
  ScanCommand,
  ScannedRow,
  ScanResult,
  ShardStats,
  Staged,
  WriteCommand,
} from "./commands.ts";
export type { MerkleAnswer, MerkleQuestion, TreeName } from "./leaves/merkle-question.ts";
export type { ShardMailbox, ShardWrite, WatchableMailbox, WriteWatch } from "./mailbox.ts";
export { type MemorySnapshot, MemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export { copyMeta, markAllRecovering } from "./meta-space.ts";
export {
  type Entry,
  type OrderedStore,
  type OrderedTransaction,
  type Space,
  StorageError,
  type StorageErrorKind,
  type StoreStats,
} from "./ordered-store.ts";
export {
  decodeRingRecord,
  encodeRingRecord,
  type RecordedChange,
  type RingRecord,
  stableRing,
} from "./ring-record.ts";
export { RingView } from "./ring-view.ts";
export {
  parseRowKey,
  partitionOfRow,
  partitionRange,
  rowKey,
  shardOfRow,
  tokenOf,
} from "./row-key.ts";
export { ShardEngine } from "./shard-engine.ts";
export type { ShardEngineOptions } from "./shard-engine-options.ts";
