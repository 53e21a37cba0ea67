import type { CollectionAnswer, CollectionQuestion } from "./collection/questions.ts";
import type {
  CommitResult,
  HintScan,
  HintScanResult,
  MetaResult,
  ReadCommand,
  ReadResult,
  ScanCommand,
  ScanResult,
  ShardStats,
  Staged,
  WriteCommand,
} from "./commands.ts";
import type { MerkleAnswer, MerkleQuestion } from "./leaves/merkle-question.ts";

/** A write on its way. Neither promise ever rejects. */
export interface ShardWrite {
  /** What it came to in its transaction, before the disk has it: time to tell the other replicas. */
  readonly staged: Promise<Staged>;
  /** Whether it is durable. */
  readonly committed: Promise<CommitResult>;
}

/**
 * The way to a shard, which may live in another thread. Commands are carried out in batches, in order,
 * except that the reads of a batch go before its writes and see committed rows only. Replies settle in the
 * order in which the shard gave them. No promise rejects: what fails says so in its result.
 */
export interface ShardMailbox {
  /** At once where the answer is at hand: a promise is then not worth its price. */
  read(command: ReadCommand): ReadResult | Promise<ReadResult>;
  write(command: WriteCommand): ShardWrite;
  scan(command: ScanCommand): Promise<ScanResult>;
  hints(scan: HintScan): Promise<HintScanResult>;
  /** About the leaves of what is committed. */
  merkle(question: MerkleQuestion): Promise<MerkleAnswer>;
  /** What a collection round asks of the committed rows. */
  collection(question: CollectionQuestion): Promise<CollectionAnswer>;
  /** What was put under keys that start with `prefix`, by key. */
  meta(prefix: string): Promise<MetaResult>;
  stats(): Promise<ShardStats>;
  /** Carries out what has been handed over, then ends. Later commands are refused as `closed`. */
  close(): Promise<void>;
}

/** Is told of a write that has committed and was not refused, before whoever waits for it is. Must not throw. */
export type WriteWatch = (command: WriteCommand, staged: Staged) => void;

/** A mailbox that lets another in front of it see what becomes of writes. (A promise for each cost more than the telling.) */
export interface WatchableMailbox extends ShardMailbox {
  read(command: ReadCommand): Promise<ReadResult>;
  writeWatched(command: WriteCommand, watch: WriteWatch): ShardWrite;
}
