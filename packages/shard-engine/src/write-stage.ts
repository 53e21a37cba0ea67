import type { Collector } from "./collection/collect.ts";
import type { Eras } from "./collection/eras.ts";
import type { Staged, WriteCommand } from "./commands.ts";
import type { HintBook } from "./hint-book.ts";
import { installRing } from "./install-ring.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import type { Refusal } from "./refusal.ts";
import type { RowWriter } from "./row-writer.ts";
import type { ShardMeta } from "./shard-meta.ts";

export interface WriteStageParts {
  readonly meta: ShardMeta;
  readonly writer: RowWriter;
  readonly hints: HintBook;
  readonly eras: Eras;
  readonly collector: Collector;
  /** Counted up here. */
  readonly sums: { minted: number; merged: number };
}

/** Hands each write to the part of the shard that knows it. */
export class WriteStage {
  readonly #parts: WriteStageParts;

  constructor(parts: WriteStageParts) {
    this.#parts = parts;
  }

  stage(transaction: OrderedTransaction, command: WriteCommand): Staged | Refusal {
    const { meta, writer, hints, eras, collector, sums } = this.#parts;
    switch (command.type) {
      case "mint":
        sums.minted++;
        return writer.mint(transaction, command);
      case "merge":
        sums.merged++;
        return writer.merge(transaction, command);
      case "keepHint":
        return hints.keep(transaction, command, eras);
      case "dropHint":
        return hints.drop(transaction, command);
      case "dropRow":
        return writer.drop(transaction, command);
      case "installRing":
        return installRing(meta, transaction, command) ?? { type: "accepted" };
      case "putMeta":
        meta.stageNode(transaction, command.key, command.value);
        return { type: "accepted" };
      case "dropDamaged":
        return writer.dropDamaged(transaction, command);
      case "setRecovering":
        return meta.setRecovering(transaction, command) ?? { type: "accepted" };
      case "sweepPartition":
      case "collectRows":
        return collector.stage(transaction, command);
      case "adoptEra":
        eras.catchUp(transaction, command);
        return { type: "accepted" };
    }
  }
}
