import { bytesEqual, type Clock } from "@coterie/core";
import type { ActorId } from "@coterie/vector-clock";
import {
  causalityOf,
  decodeCausality,
  decodeVersions,
  encodeVersions,
  isFoldOf,
  isLive,
} from "@coterie/versions";
import { ringOfEpoch } from "../admission.ts";
import { getRow } from "../held-row.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { encodeRow } from "../row-codec.ts";
import { partitionOfRow, partitionRange } from "../row-key.ts";
import type { InstalledRing, ShardMeta } from "../shard-meta.ts";
import { answerCollection } from "./candidates.ts";
import type {
  Collected,
  CollectedRow,
  CollectRowsCommand,
  SweepPartitionCommand,
} from "./commands.ts";
import { dropRow, type RowSpaces } from "./discard.ts";
import type { EraBook } from "./era-book.ts";
import type { CollectionQuestion } from "./questions.ts";

export interface CollectorParts extends RowSpaces {
  readonly meta: ShardMeta;
  readonly book: EraBook;
  readonly clock: Pick<Clock, "nowMs">;
  /** Who mints. */
  readonly actor: () => ActorId | undefined;
}

/** Collection rounds at one shard; what each needs is compared in its transaction. */
export class Collector {
  readonly #parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  stage(
    transaction: OrderedTransaction,
    command: SweepPartitionCommand | CollectRowsCommand,
  ): Collected | { readonly type: "accepted" } | Refusal {
    switch (command.type) {
      case "sweepPartition":
        return this.#sweep(transaction, command);
      case "collectRows":
        return this.#collect(transaction, command);
    }
  }

  answer(
    transaction: OrderedTransaction,
    question: CollectionQuestion,
  ): ReturnType<typeof answerCollection> {
    const { meta, book, clock, actor } = this.#parts;
    return answerCollection(transaction, question, {
      meta,
      book,
      nowMs: clock.nowMs(),
      actor: actor(),
    });
  }

  #sweep(
    transaction: OrderedTransaction,
    { epoch, partition, round, swept, collected, actor }: SweepPartitionCommand,
  ): { readonly type: "accepted" } | Refusal {
    const { meta, book, hints } = this.#parts;
    const ring = stableRing(meta, epoch);
    if ("reason" in ring) return ring;
    const ours = book.now(partition);
    if (ours.swept === swept && book.roundNow(partition) === round) return { type: "accepted" };
    if (ours.swept < collected) {
      return refusal(
        "collected",
        `it has missed collection ${collected} of partition ${partition}`,
      );
    }
    if (actor !== undefined && actor !== this.#parts.actor()) {
      return refusal("recovering", "it was restarted since it voted");
    }
    if (meta.isRecoveringNow(partition)) {
      return refusal("recovering", `it is recovering partition ${partition}`);
    }
    if (swept <= ours.swept) {
      return refusal("collected", `it has answered round ${ours.swept} of partition ${partition}`);
    }
    const { from, to } = partitionRange(partition, ring.view.record.partitions);
    const [hint] = transaction.range("hints", from, to, 1);
    if (hint !== undefined) {
      const whom = hints.intendedFor(hint.key, hint.value);
      return refusal("hints", `it keeps hints of partition ${partition} for ${whom}`);
    }
    book.stage(transaction, partition, { swept, collected: ours.collected }, round);
    return { type: "accepted" };
  }

  #collect(
    transaction: OrderedTransaction,
    { epoch, partition, round, rows }: CollectRowsCommand,
  ): Collected | Refusal {
    const { meta, book } = this.#parts;
    const ring = stableRing(meta, epoch);
    if ("reason" in ring) return ring;
    const ours = book.now(partition);
    if (book.roundNow(partition) !== round) {
      return refusal(
        "collected",
        `it has not answered this round's sweep of partition ${partition}`,
      );
    }
    if (meta.isRecoveringNow(partition)) {
      return refusal("recovering", `it is recovering partition ${partition}`);
    }
    const done = { deleted: 0, folded: 0, kept: 0 };
    for (const each of rows) {
      const isHere = partitionOfRow(each.row, ring.view.record.partitions) === partition;
      done[isHere ? this.#take(transaction, partition, each) : "kept"]++;
    }
    const { swept } = ours;
    book.stage(transaction, partition, { swept, collected: swept }, round);
    return { type: "collected", ...done };
  }

  #take(
    transaction: OrderedTransaction,
    partition: number,
    { row, causality, folded }: CollectedRow,
  ): "deleted" | "folded" | "kept" {
    const { leaves, suspects, clock } = this.#parts;
    const held = getRow(transaction, row);
    const { stored } = held;
    if (stored === undefined || !bytesEqual(causalityOf(stored.versions), causality)) return "kept";
    const set = decodeVersions(stored.versions);
    if (folded === undefined) {
      const nowMs = clock.nowMs();
      if (set.siblings.some((version) => isLive(version, nowMs))) return "kept";
      dropRow(transaction, { leaves, suspects }, partition, row);
      return "deleted";
    }
    const fold = decodeCausality(folded);
    if (!isFoldOf(fold, decodeCausality(causality))) return "kept";
    const versions = encodeVersions({ context: fold.context, siblings: set.siblings });
    const value = encodeRow(row, stored.n, stored.owner, stored.ownedTo, versions);
    const written = { n: stored.n, versions, valueBytes: value.length };
    transaction.put("rows", row, value);
    leaves.stage(transaction, partition, row, held, written);
    return "folded";
  }
}

/** No ring change may touch a round: neither on its way nor between its steps. */
function stableRing(meta: ShardMeta, epoch: number): InstalledRing | Refusal {
  const ring = ringOfEpoch(meta, epoch);
  if ("reason" in ring || ring.view.record.phase === "stable") return ring;
  return refusal("epoch", "a ring change is on its way");
}
