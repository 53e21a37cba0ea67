import { causalityOf, type Era } from "@coterie/versions";
import { admit, ringOfEpoch } from "./admission.ts";
import type { EraBook } from "./collection/era-book.ts";
import type { ReadCommand, RowRead, ScanCommand, ScanResult } from "./commands.ts";
import { getRow } from "./held-row.ts";
import { answerMerkle, leafRange } from "./leaves/answer-merkle.ts";
import type { LeafBook } from "./leaves/leaf-book.ts";
import type { MerkleAnswer, MerkleQuestion } from "./leaves/merkle-question.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import type { Refusal } from "./refusal.ts";
import { partitionRange } from "./row-key.ts";
import { scanRows } from "./scan-rows.ts";
import type { ShardMeta } from "./shard-meta.ts";
import type { SuspectRows } from "./suspect-rows.ts";

type Unrefused<T extends { type: string }> = Exclude<T, { type: "refused" }>;

/** What a shard tells of its committed rows: to readers, to scans, and to those who compare leaves. */
export class CommittedRows {
  readonly #meta: ShardMeta;
  readonly #leaves: LeafBook;
  readonly #suspects: SuspectRows;
  readonly #eras: EraBook;

  constructor(meta: ShardMeta, eras: EraBook, leaves: LeafBook, suspects: SuspectRows) {
    this.#meta = meta;
    this.#eras = eras;
    this.#leaves = leaves;
    this.#suspects = suspects;
  }

  read(transaction: OrderedTransaction, command: ReadCommand): RowRead | Refusal {
    const admitted = admit(this.#meta, command);
    if (admitted.type === "refusal") return admitted;
    const held = getRow(transaction, command.row);
    if (held.state === "suspect") this.#suspect(command.row, admitted.partition);
    const versions = held.stored?.versions;
    const causality = versions !== undefined && command.want === "causality";
    return {
      type: "row",
      versions: causality ? causalityOf(versions) : versions,
      recovering: held.state === "suspect" || this.#meta.isRecovering(admitted.partition),
      epoch: this.#meta.epoch,
      ...eraOf(this.#eras.of(admitted.partition)),
    };
  }

  /** A slice of a partition, owned or not: leftovers are scanned too. */
  scan(transaction: OrderedTransaction, command: ScanCommand): Unrefused<ScanResult> | Refusal {
    const ring = ringOfEpoch(this.#meta, command.epoch);
    if ("reason" in ring) return ring;
    const { partition, leaves } = command;
    const range =
      leaves === undefined
        ? partitionRange(partition, ring.view.record.partitions)
        : leafRange(this.#leaves, partition, leaves.from, leaves.to);
    const slice = scanRows(transaction, range, command);
    for (const row of slice.suspects) this.#suspect(row, partition);
    return {
      type: "rows",
      rows: slice.rows,
      suspects: slice.suspects.length,
      next: slice.next,
      recovering: slice.suspects.length > 0 || this.#meta.isRecovering(partition),
      epoch: this.#meta.epoch,
      ...eraOf(this.#eras.of(partition)),
    };
  }

  merkle(
    transaction: OrderedTransaction,
    question: MerkleQuestion,
  ): Unrefused<MerkleAnswer> | Refusal {
    const ring = ringOfEpoch(this.#meta, question.epoch);
    if ("reason" in ring) return ring;
    return answerMerkle(
      transaction,
      this.#leaves,
      question,
      (row) => this.#suspects.add(row),
      (partition) => this.#meta.isRecovering(partition),
    );
  }

  /** A damaged row that nobody had met before: its partition's sums still hold it. */
  #suspect(row: Uint8Array, partition: number): void {
    if (this.#suspects.add(row)) this.#leaves.doubt(partition);
  }
}

const NO_ERA: { readonly era?: Era } = {};

function eraOf(era: Era | undefined): { readonly era?: Era } {
  return era === undefined ? NO_ERA : { era };
}
