import { bytesEqual } from "@coterie/core";
import { causalityOf, type Era } from "@coterie/versions";
import type { CollectionAnswer, CollectionQuestion } from "../collection/questions.ts";
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
} from "../commands.ts";
import type { MerkleAnswer, MerkleQuestion } from "../leaves/merkle-question.ts";
import type { ShardMailbox, ShardWrite } from "../mailbox.ts";
import { decodeRingRecord } from "../ring-record.ts";
import { tokenOf } from "../row-key.ts";

export interface CommittedRowCacheOptions {
  /** Bytes of keys and values, and an estimate of what goes with them. Default 32 MiB. */
  readonly bytesMax?: number;
}

interface CachedRow {
  readonly row: Uint8Array;
  /** Undefined: there is no such row. */
  readonly versions: Uint8Array | undefined;
  /** The N for which this node was found to own it. */
  readonly n: number;
  readonly era: Era | undefined;
}

const BYTES_MAX = 32 << 20;
const OVERHEAD_BYTES = 200;

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
  readonly #shard: ShardMailbox;
  readonly #bytesMax: number;
  /** By `placeOf` their keys, least recently used first. */
  readonly #rows = new Map<number, CachedRow>();
  #bytes = 0;
  #epoch = 0;
  /** By the first 16 bits of a token: where writes have met recovering partitions since the last clear. */
  readonly #recovering = new Set<number>();
  #hits = 0;
  #misses = 0;

  constructor(shard: ShardMailbox, options: CommittedRowCacheOptions = {}) {
    this.#shard = shard;
    this.#bytesMax = options.bytesMax ?? BYTES_MAX;
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  get bytes(): number {
    return this.#bytes;
  }

  read(command: ReadCommand): Promise<ReadResult> {
    // Hints are no rows: they are not kept here.
    if (command.standIn === true) return this.#shard.read(command);
    const place = placeOf(command.row);
    const cached = command.epoch === this.#epoch ? this.#rows.get(place) : undefined;
    if (
      cached !== undefined &&
      cached.n === command.bucket.n &&
      bytesEqual(cached.row, command.row)
    ) {
      this.#hits++;
      this.#rows.delete(place);
      this.#rows.set(place, cached);
      return Promise.resolve(this.#resultOf(cached, command.want));
    }
    this.#misses++;
    const reading = this.#shard.read(command);
    void reading.then((result) => this.#afterRead(command, result));
    return reading;
  }

  write(command: WriteCommand): ShardWrite {
    const write = this.#shard.write(command);
    let staged: Staged | undefined;
    void write.staged.then((result) => {
      staged = result;
    });
    void write.committed.then((result) => this.#afterCommit(command, staged, result));
    return write;
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
    this.#clear();
    return this.#shard.close();
  }

  #resultOf({ versions: whole, era }: CachedRow, want: ReadCommand["want"]): ReadResult {
    const causality = whole !== undefined && want === "causality";
    const versions = causality ? causalityOf(whole) : whole;
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
      this.#keep({ row: row.slice(), versions: versions?.slice(), n: bucket.n, era });
    }
  }

  #afterCommit(command: WriteCommand, staged: Staged | undefined, { type }: CommitResult): void {
    if (type === "failed" || staged === undefined || staged.type === "refused") return;
    if (command.type === "installRing") this.#raiseEpoch(decodeRingRecord(command.record).epoch);
    if (FORGETTING.has(command.type)) this.#forget();
    if (command.type === "dropRow") this.#drop(placeOf(command.row));
    if (command.type !== "mint" && command.type !== "merge") return;
    if (staged.type === "accepted" || staged.type === "collected") return;
    // A write over a damaged row makes the whole partition recovering, of which other rows may be here.
    if (staged.recovering) this.#clearFor(command.row);
    else if (command.epoch === this.#epoch) {
      const { versions, era } = staged;
      const { row, bucket } = command;
      this.#keep({ row: row.slice(), versions: versions.slice(), n: bucket.n, era });
    }
  }

  #raiseEpoch(epoch: number): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#forget();
  }

  #keep(row: CachedRow): void {
    const place = placeOf(row.row);
    this.#drop(place);
    this.#rows.set(place, row);
    this.#bytes += bytesOf(row);
    if (this.#bytes > this.#bytesMax) this.#shrink();
  }

  #shrink(): void {
    for (const oldest of this.#rows.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
  }

  #drop(place: number): void {
    const row = this.#rows.get(place);
    if (row === undefined) return;
    this.#rows.delete(place);
    this.#bytes -= bytesOf(row);
  }

  /** Once is enough: what is recovering is not kept again. */
  #clearFor(row: Uint8Array): void {
    const where = row[0]! * 256 + row[1]!;
    if (this.#recovering.has(where)) return;
    this.#recovering.add(where);
    this.#clear();
  }

  #forget(): void {
    this.#recovering.clear();
    this.#clear();
  }

  #clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }
}

function bytesOf({ row, versions }: CachedRow): number {
  return OVERHEAD_BYTES + row.length + (versions?.length ?? 0);
}

/**
 * The first 53 bits of a row's token: what a number holds exactly. Two rows of one place push one another out. (A
 * string of the whole key, built anew for each look, was a twelfth of what a get allocated.)
 */
function placeOf(row: Uint8Array): number {
  const { high, low } = tokenOf(row);
  return high * 0x20_0000 + (low >>> 11);
}
