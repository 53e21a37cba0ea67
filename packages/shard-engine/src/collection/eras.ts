import { type Era, FIRST_ERA, isBehind, isOutdated } from "@coterie/versions";
import type { OrderedTransaction } from "../ordered-store.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { partitionRange } from "../row-key.ts";
import type { ShardMeta } from "../shard-meta.ts";
import type { AdoptEraCommand } from "./commands.ts";
import { discardPartition, type RowSpaces } from "./discard.ts";
import type { EraBook } from "./era-book.ts";

/**
 * Where eras are compared: in the transaction that writes, never on receipt. What is older than the last
 * collection is refused; and whoever is told of a collection that it has missed throws away what it has of
 * the partition before it takes anything, and is recovering (trap 20: a restored copy).
 */
export class Eras {
  readonly #book: EraBook;
  readonly #meta: ShardMeta;
  readonly #spaces: RowSpaces;

  constructor(book: EraBook, meta: ShardMeta, spaces: RowSpaces) {
    this.#book = book;
    this.#meta = meta;
    this.#spaces = spaces;
  }

  /** Of versions that come for a row. Undefined: they may, perhaps as the first of a new start. */
  admit(
    transaction: OrderedTransaction,
    partition: number,
    theirs: Era = FIRST_ERA,
  ): Refusal | undefined {
    const ours = this.#book.now(partition);
    if (isOutdated(theirs, ours)) return outdated(partition, theirs, ours);
    if (isBehind(ours, theirs)) this.#adopt(transaction, partition, theirs.collected);
    else this.#hear(transaction, partition, ours, theirs.collected);
    return undefined;
  }

  /**
   * Of versions that come to be kept as a hint. They will go home as of this node's era, so they must not be
   * older than its last sweep, and it must have missed nothing.
   */
  admitHint(partition: number, theirs: Era = FIRST_ERA): Refusal | undefined {
    const ours = this.#book.now(partition);
    const refused = isOutdated(theirs, ours) || theirs.swept < ours.swept || isBehind(ours, theirs);
    return refused ? outdated(partition, theirs, ours) : undefined;
  }

  /** Others are further; what this node holds of the partition goes if it has missed a collection. */
  catchUp(transaction: OrderedTransaction, { partition, swept, collected }: AdoptEraCommand): void {
    if (this.#book.now(partition).swept < collected) this.#adopt(transaction, partition, collected);
    const ours = this.#book.now(partition);
    this.#hear(transaction, partition, ours, collected);
    if (ours.swept >= swept) return;
    const { from, to } = partitionRange(partition, this.#meta.ring!.view.record.partitions);
    const isEmpty = (["rows", "hints"] as const).every(
      (space) => transaction.range(space, from, to, 1).length === 0,
    );
    if (isEmpty) {
      const known = Math.max(ours.collected, collected);
      this.#book.stage(transaction, partition, { swept, collected: known });
    }
  }

  /**
   * Of a collection of a round that this node only heard was swept. Who has answered a sweep itself holds what was deleted
   * elsewhere, as a tombstone, until it deletes as well; this one does not, so it takes nothing that is older.
   */
  #hear(transaction: OrderedTransaction, partition: number, ours: Era, collected: number): void {
    if (collected <= ours.collected || !this.#book.isHearsay(partition)) return;
    this.#book.stage(transaction, partition, { swept: ours.swept, collected });
  }

  #adopt(transaction: OrderedTransaction, partition: number, collected: number): void {
    const { partitions } = this.#meta.ring!.view.record;
    discardPartition(transaction, this.#spaces, partition, partitions);
    this.#meta.stageRecovering(transaction, partition, true);
    this.#book.stage(transaction, partition, { swept: collected, collected });
  }
}

function outdated(partition: number, theirs: Era, ours: Era): Refusal {
  return refusal(
    "collected",
    `it was read before round ${theirs.swept + 1} of partition ${partition}, and this node is at round ${ours.swept} and has collected round ${ours.collected}`,
  );
}
