import { create } from "@bufbuild/protobuf";
import { fromHex, toHex } from "@coterie/core";
import type { CollectedRow, Refused, SweepPartitionCommand } from "@coterie/shard-engine";
import { FIRST_ERA } from "@coterie/versions";
import {
  type CollectionCall,
  type CollectionResult,
  CollectionResultSchema,
  type CollectionRow,
  CollectionRowSchema,
  Refusal,
} from "@coterie/wire";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeStore } from "../node-store.ts";
import { eraToWire } from "../replica/wire-era.ts";
import type { EraNews } from "./era-news.ts";

export interface CollectionStepsParts {
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly news: EraNews;
  /** Tries every hint once. */
  readonly drainHints: () => Promise<unknown>;
  /** Partitions of which rows may be left that a ring change took from this node. */
  readonly leftovers: () => number;
}

/** This node's side of the rounds that others, and itself, lead. */
export class CollectionSteps {
  readonly #parts: CollectionStepsParts;

  constructor(parts: CollectionStepsParts) {
    this.#parts = parts;
  }

  answer({ epoch, partition, step }: CollectionCall): Promise<CollectionResult> {
    switch (step.case) {
      case "vote":
        return this.#vote(epoch, partition, step.value.rows);
      case "sweep": {
        const { round, swept, collected, voter } = step.value;
        const actor = voter === "" ? undefined : voter;
        const sweep = { epoch, partition, round: toHex(round), swept, collected, actor };
        return this.#sweep({ type: "sweepPartition", ...sweep });
      }
      case "end":
        return this.#end(epoch, partition, toHex(step.value.round), step.value.rows);
      default:
        return this.#news();
    }
  }

  async #vote(epoch: number, partition: number, rows: CollectionRow[]): Promise<CollectionResult> {
    const question = { type: "vote" as const, epoch, partition, rows: rows.map(rowFromWire) };
    const answer = await this.#parts.store.collection(question);
    if (answer.type === "refused") return this.#refused(answer, partition);
    if (answer.type !== "vote") throw new Error("a shard answered a vote with something else");
    if (answer.recovering) {
      const detail = "is recovering the partition";
      return create(CollectionResultSchema, { refusal: Refusal.RECOVERING, epoch, detail });
    }
    return create(CollectionResultSchema, {
      epoch,
      holds: [...answer.holds],
      ...eraToWire(answer.era),
      voter: answer.actor ?? "none",
    });
  }

  /** Hints stand in the way: they are taken home first, then it is tried once more. */
  async #sweep(command: SweepPartitionCommand): Promise<CollectionResult> {
    const { epoch, partition, collected } = command;
    const { store, drainHints, leftovers } = this.#parts;
    if (leftovers() > 0) {
      const detail = "still holds rows that a ring change took from it";
      return create(CollectionResultSchema, { refusal: Refusal.HINTS, epoch, detail });
    }
    let staged = await store.collect(command);
    if (staged.type === "refused" && staged.reason === "hints") {
      await drainHints();
      staged = await store.collect(command);
    }
    if (staged.type !== "refused") return create(CollectionResultSchema, { epoch });
    if (store.eraOf(partition).swept < collected) {
      await store.collect({ type: "adoptEra", partition, swept: collected, collected });
    }
    return this.#refused(staged, partition);
  }

  async #end(
    epoch: number,
    partition: number,
    round: string,
    rows: CollectionRow[],
  ): Promise<CollectionResult> {
    const command = { type: "collectRows", epoch, partition, round } as const;
    const staged = await this.#parts.store.collect({ ...command, rows: rows.map(rowFromWire) });
    if (staged.type === "refused") return this.#refused(staged, partition);
    if (staged.type !== "collected") throw new Error("a shard ended a round with something else");
    const { deleted, folded, kept } = staged;
    return create(CollectionResultSchema, { epoch, deleted, folded, kept });
  }

  async #news(): Promise<CollectionResult> {
    const { store, cluster, news } = this.#parts;
    // Before the eras: a node of this ring takes part in no round of an older one.
    const epoch = cluster.hasRing ? cluster.ring.record.epoch : 0;
    const standing = await news.standing();
    const actors = (await store.stats()).flatMap(({ actor }) => actor ?? []);
    await store.refreshEras();
    const eras = [...store.eras].map(([partition, era]) => ({ partition, ...era }));
    return create(CollectionResultSchema, { epoch, eras, actors, ...standing });
  }

  #refused({ reason, detail, epoch }: Refused, partition: number): CollectionResult {
    const refusal = REFUSALS[reason] ?? Refusal.STORAGE;
    const era = eraToWire(this.#parts.store.eraOf(partition) ?? FIRST_ERA);
    return create(CollectionResultSchema, { refusal, epoch, detail, ...era });
  }
}

const REFUSALS: Readonly<Partial<Record<Refused["reason"], Refusal>>> = {
  epoch: Refusal.EPOCH,
  collected: Refusal.COLLECTED,
  recovering: Refusal.RECOVERING,
  hints: Refusal.HINTS,
  overloaded: Refusal.OVERLOADED,
};

export function rowToWire({ row, causality, folded }: CollectedRow): CollectionRow {
  return create(CollectionRowSchema, { row, causality, folded: folded ?? new Uint8Array() });
}

function rowFromWire({ row, causality, folded }: CollectionRow): CollectedRow {
  return { row, causality, folded: folded.length === 0 ? undefined : folded };
}

export function roundBytes(round: string): Uint8Array {
  return fromHex(round)!;
}
