import { bytesEqual, type Clock } from "@coterie/core";
import {
  causalityOf,
  decodeVersions,
  type Era,
  encodeVersions,
  mergeVersions,
} from "@coterie/versions";
import { ringOfEpoch } from "./admission.ts";
import type { EraBook } from "./collection/era-book.ts";
import type {
  DropHintCommand,
  HintScan,
  KeepHintCommand,
  KeptHint,
  ReadCommand,
  RowRead,
  Staged,
} from "./commands.ts";
import { decodeHint, encodeHint } from "./hint-codec.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { partitionOfRow, successor } from "./row-key.ts";
import type { ShardMeta } from "./shard-meta.ts";

const SCAN_BYTES_MAX = 1 << 20;
const FIRST_KEY = new Uint8Array();

/** Whether versions of an era may be kept as a hint. */
interface HintAdmission {
  admitHint(partition: number, theirs: Era | undefined): Refusal | undefined;
}

export interface HintBookOptions {
  readonly clock: Pick<Clock, "nowMs">;
  /** Bytes of all hints' keys and values; a hint beyond it is refused as `overloaded`. */
  readonly hintBytesMax: number;
}

/**
 * The hints of one shard: what this node keeps for primaries that missed a write (design §8). One for each
 * row, into which later ones merge, so that hints take no more room than the rows they stand for.
 */
export class HintBook {
  readonly #meta: ShardMeta;
  readonly #book: EraBook;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #bytesMax: number;
  #hints = 0;
  #bytes = 0;
  /** Of the transaction that is open. */
  #staged = { hints: 0, bytes: 0 };

  /** Counts what is there already. */
  constructor(
    transaction: OrderedTransaction,
    meta: ShardMeta,
    book: EraBook,
    options: HintBookOptions,
  ) {
    this.#meta = meta;
    this.#book = book;
    this.#clock = options.clock;
    this.#bytesMax = options.hintBytesMax;
    let from: Uint8Array | undefined = FIRST_KEY;
    while (from !== undefined) {
      const entries = transaction.range("hints", from, undefined, 256);
      for (const { key, value } of entries) this.#bytes += key.length + value.length;
      this.#hints += entries.length;
      const last = entries.at(-1);
      from = last === undefined ? undefined : successor(last.key);
    }
  }

  get counts(): { readonly hints: number; readonly hintBytes: number } {
    return { hints: this.#hints, hintBytes: this.#bytes };
  }

  keep(
    transaction: OrderedTransaction,
    command: KeepHintCommand,
    eras: HintAdmission,
  ): Staged | Refusal {
    const ring = ringOfEpoch(this.#meta, command.epoch);
    if ("reason" in ring) return ring;
    const partition = partitionOfRow(command.row, ring.view.record.partitions);
    const outdated = eras.admitHint(partition, command.era);
    if (outdated !== undefined) return outdated;
    const before = transaction.get("hints", command.row);
    const held = before === undefined ? undefined : decodeHint(command.row, before);
    const versions =
      held === undefined
        ? encodeVersions(decodeVersions(command.versions))
        : encodeVersions(
            mergeVersions(
              command.bucket.mode,
              decodeVersions(held.versions),
              decodeVersions(command.versions),
            ),
          );
    const { intendedFor } = command;
    const sinceMs = held?.sinceMs ?? Math.max(0, this.#clock.nowMs());
    const value = encodeHint(command.row, { intendedFor, sinceMs, versions });
    const grown = value.length - (before?.length ?? -command.row.length);
    if (grown > 0 && this.#bytes + this.#staged.bytes + grown > this.#bytesMax) {
      return refusal(
        "overloaded",
        `this shard keeps ${this.#bytes} bytes of hints, and ${this.#bytesMax} is its limit: bring the missing replicas back`,
      );
    }
    transaction.put("hints", command.row, value);
    this.#staged.bytes += grown;
    if (before === undefined) this.#staged.hints++;
    return { type: "accepted" };
  }

  /** Removes the hint if it still is what its drainer saw; one that has grown since stays. */
  drop(transaction: OrderedTransaction, { row, versions }: DropHintCommand): Staged {
    const before = transaction.get("hints", row);
    if (before === undefined) return { type: "accepted" };
    const held = decodeHint(row, before);
    if (held === undefined || bytesEqual(held.versions, versions)) {
      transaction.delete("hints", row);
      this.#staged.bytes -= row.length + before.length;
      this.#staged.hints--;
    }
    return { type: "accepted" };
  }

  /** What a stand-in answers a sloppy read with: the hint of the row. */
  read(transaction: OrderedTransaction, { epoch, row, want }: ReadCommand): RowRead | Refusal {
    const ring = ringOfEpoch(this.#meta, epoch);
    if ("reason" in ring) return ring;
    const value = transaction.get("hints", row);
    const held = value === undefined ? undefined : decodeHint(row, value)?.versions;
    const versions = held !== undefined && want === "causality" ? causalityOf(held) : held;
    const era = this.#book.of(partitionOfRow(row, ring.view.record.partitions));
    return {
      type: "row",
      versions,
      recovering: false,
      epoch,
      ...(era === undefined ? {} : { era }),
    };
  }

  /** The next hints in the order of their rows. A damaged one is left out; the primaries have to do without. */
  scan(
    transaction: OrderedTransaction,
    { from, limit }: HintScan,
  ): { hints: KeptHint[]; next: Uint8Array | undefined } {
    const hints: KeptHint[] = [];
    let bytes = 0;
    let last: Uint8Array | undefined;
    const entries = transaction.range("hints", from ?? FIRST_KEY, undefined, limit);
    for (const { key, value } of entries) {
      if (bytes > SCAN_BYTES_MAX) return { hints, next: key };
      const hint = decodeHint(key, value);
      if (hint !== undefined) hints.push({ row: key, ...hint, ...this.#eraOf(key) });
      bytes += value.length;
      last = key;
    }
    const next = entries.length < limit || last === undefined ? undefined : successor(last);
    return { hints, next };
  }

  /** Drops the hints of a range of rows. */
  discard(transaction: OrderedTransaction, from: Uint8Array, to: Uint8Array | undefined): void {
    for (;;) {
      const entries = transaction.range("hints", from, to, 64);
      for (const { key, value } of entries) {
        transaction.delete("hints", key);
        this.#staged.bytes -= key.length + value.length;
        this.#staged.hints--;
      }
      if (entries.length < 64) return;
    }
  }

  /** Whom a hint is for, as far as it can be read. */
  intendedFor(row: Uint8Array, value: Uint8Array): string {
    return decodeHint(row, value)?.intendedFor ?? "a node that a damaged hint does not name";
  }

  #eraOf(row: Uint8Array): Pick<KeptHint, "era"> {
    const { ring } = this.#meta;
    if (ring === undefined) return {};
    const era = this.#book.of(partitionOfRow(row, ring.view.record.partitions));
    return era === undefined ? {} : { era };
  }

  /** The transaction has ended. */
  settle(committed: boolean): void {
    if (committed) {
      this.#hints += this.#staged.hints;
      this.#bytes += this.#staged.bytes;
    }
    this.#staged = { hints: 0, bytes: 0 };
  }
}
