import { causalityOf } from "@coterie/versions";
import type { CollectionAnswer, CollectionQuestion } from "../collection/questions.ts";
import type {
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
} from "../commands.ts";
import type { MerkleAnswer, MerkleQuestion } from "../leaves/merkle-question.ts";
import type { ShardMailbox, ShardWrite, WatchableMailbox, WriteWatch } from "../mailbox.ts";
import { decodeRingRecord } from "../ring-record.ts";
import { RowSlab } from "./row-slab.ts";

export interface CommittedRowCacheOptions {
  /** Bytes of memory for rows. Default 32 MiB, and 1 GiB at most. */
  readonly bytesMax?: number;
}

const BYTES_MAX = 32 << 20;

/** After these, rows are recovering that were not, gone, or of another era. */
const FORGETTING: ReadonlySet<WriteCommand["type"]> = new Set([
  "setRecovering",
  "dropDamaged",
  "sweepPartition",
  "collectRows",
  "adoptEra",
]);

/**
 * Committed rows in the event loop, in front of a shard: a hot read takes no thread hop.
 *
 * It cannot go stale: all writes of the shard pass here, and their replies come in the order of the
 * shard's work, so after each reply the cache is the shard as of that reply; what has committed since is
 * not acknowledged to anybody yet. It answers only what the shard has answered before under the same
 * epoch, for the same N, and not recovering; all else goes to the shard.
 */
export class CommittedRowCache implements ShardMailbox {
  readonly #shard: WatchableMailbox;
  readonly #rows: RowSlab;
  #epoch = 0;
  /** By the first 16 bits of a token: where writes have met recovering partitions since the last clear. */
  readonly #recovering = new Set<number>();
  #hits = 0;
  #misses = 0;

  readonly #watch: WriteWatch = (command, staged) => this.#afterCommit(command, staged);

  constructor(shard: WatchableMailbox, options: CommittedRowCacheOptions = {}) {
    this.#shard = shard;
    this.#rows = new RowSlab(options.bytesMax ?? BYTES_MAX);
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  read(command: ReadCommand): ReadResult | Promise<ReadResult> {
    // Hints are no rows: they are not kept here.
    if (command.standIn === true) return this.#shard.read(command);
    const at = command.epoch === this.#epoch ? this.#rows.find(command.row) : undefined;
    if (at !== undefined && this.#rows.nAt(at) === command.bucket.n) {
      this.#hits++;
      return this.#resultAt(at, command.want);
    }
    this.#misses++;
    const reading = this.#shard.read(command);
    void reading.then((result) => this.#afterRead(command, result));
    return reading;
  }

  write(command: WriteCommand): ShardWrite {
    return this.#shard.writeWatched(command, this.#watch);
  }

  scan(command: ScanCommand): Promise<ScanResult> {
    return this.#shard.scan(command);
  }

  hints(scan: HintScan): Promise<HintScanResult> {
    return this.#shard.hints(scan);
  }

  merkle(question: MerkleQuestion): Promise<MerkleAnswer> {
    return this.#shard.merkle(question);
  }

  collection(question: CollectionQuestion): Promise<CollectionAnswer> {
    return this.#shard.collection(question);
  }

  meta(prefix: string): Promise<MetaResult> {
    return this.#shard.meta(prefix);
  }

  stats(): Promise<ShardStats> {
    return this.#shard.stats();
  }

  close(): Promise<void> {
    this.#rows.clear();
    return this.#shard.close();
  }

  #resultAt(at: number, want: ReadCommand["want"]): ReadResult {
    const versions = this.#rows.versionsAt(at, want === "causality" ? causalityOf : undefined);
    const era = this.#rows.eraAt(at);
    const epoch = this.#epoch;
    // Two literals: to spread an optional field into one costs more than the look into the map.
    return era === undefined
      ? { type: "row", versions, recovering: false, epoch }
      : { type: "row", versions, recovering: false, epoch, era };
  }

  #afterRead({ row, want, bucket, epoch }: ReadCommand, result: ReadResult): void {
    this.#raiseEpoch(result.epoch);
    if (result.type === "refused" || result.recovering || epoch !== this.#epoch) return;
    if (want === "versions" || result.versions === undefined) {
      const { versions, era } = result;
      this.#rows.keep({ row, versions, n: bucket.n, era });
    }
  }

  #afterCommit(command: WriteCommand, staged: Staged): void {
    if (command.type === "installRing") this.#raiseEpoch(decodeRingRecord(command.record).epoch);
    if (FORGETTING.has(command.type)) this.#forget();
    if (command.type === "dropRow") this.#rows.drop(command.row);
    if (command.type !== "mint" && command.type !== "merge") return;
    if (staged.type !== "minted" && staged.type !== "merged") return;
    // A write over a damaged row makes the whole partition recovering, of which other rows may be here.
    if (staged.recovering) this.#clearFor(command.row);
    else if (command.epoch === this.#epoch) {
      const { versions, era } = staged;
      const { row, bucket } = command;
      this.#rows.keep({ row, versions, n: bucket.n, era });
    }
  }

  #raiseEpoch(epoch: number): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#forget();
  }

  /** Once is enough: what is recovering is not kept again. */
  #clearFor(row: Uint8Array): void {
    const where = row[0]! * 256 + row[1]!;
    if (this.#recovering.has(where)) return;
    this.#recovering.add(where);
    this.#rows.clear();
  }

  #forget(): void {
    this.#recovering.clear();
    this.#rows.clear();
  }
}
