import type { Clock, Random } from "@coterie/core";
import { HybridClock } from "@coterie/hybrid-clock";
import type { ActorId } from "@coterie/vector-clock";
import type { Era } from "@coterie/versions";
import { type Admitted, admit } from "./admission.ts";
import type { EraBook } from "./collection/era-book.ts";
import type { Eras } from "./collection/eras.ts";
import type { DropRowCommand, MergeCommand, MintCommand, Minted, Staged } from "./commands.ts";
import { DotMinter } from "./dot-minter.ts";
import { dropRow } from "./drop-row.ts";
import { getRow, type HeldRow } from "./held-row.ts";
import type { LeafBook } from "./leaves/leaf-book.ts";
import { mergeRow } from "./merge-row.ts";
import { type ClientLimits, mintRow } from "./mint-row.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import type { DropDamagedCommand } from "./recovery-commands.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { encodeRow } from "./row-codec.ts";
import type { ShardMeta } from "./shard-meta.ts";
import type { SuspectRows } from "./suspect-rows.ts";

export interface RowWriterOptions extends Partial<ClientLimits> {
  readonly clock: Pick<Clock, "nowMs">;
  readonly random: Random;
  /** How far a stamp may run ahead of the wall clock; see `HybridClock`. Default 60,000. */
  readonly maxDriftMs?: number;
}

const NO_ERA: { readonly era?: Era } = {};
const SIBLINGS_MAX = 128;
const VALUE_BYTES_MAX = 1 << 20;
const DRIFT_MS_MAX = 60_000;

/** Mints and merges rows, as an actor that is durable before its first dot. */
export class RowWriter {
  readonly #meta: ShardMeta;
  readonly #leaves: LeafBook;
  readonly #suspects: SuspectRows;
  readonly #book: EraBook;
  readonly #eras: Eras;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #random: Random;
  readonly #hybridClock: HybridClock;
  readonly #limits: ClientLimits;
  /** Undefined while no fresh actor is durable. */
  #minter: DotMinter | undefined;
  #staged: DotMinter | undefined;

  constructor(
    meta: ShardMeta,
    leaves: LeafBook,
    suspects: SuspectRows,
    { book, eras }: { readonly book: EraBook; readonly eras: Eras },
    options: RowWriterOptions,
  ) {
    this.#book = book;
    this.#eras = eras;
    const { clock, random, maxDriftMs, siblingsMax, valueBytesMax } = options;
    this.#meta = meta;
    this.#leaves = leaves;
    this.#suspects = suspects;
    this.#clock = clock;
    this.#random = random;
    this.#hybridClock = new HybridClock({ clock, maxDriftMs: maxDriftMs ?? DRIFT_MS_MAX });
    this.#limits = {
      siblingsMax: siblingsMax ?? SIBLINGS_MAX,
      valueBytesMax: valueBytesMax ?? VALUE_BYTES_MAX,
    };
  }

  /** Who mints. */
  get actor(): ActorId | undefined {
    return this.#minter?.actor;
  }

  mint(transaction: OrderedTransaction, command: MintCommand): Staged | Refusal {
    const admitted = admit(this.#meta, command);
    if (admitted.type === "refusal") return admitted;
    if (this.#minter === undefined) {
      return refusal("storage", "another process minted as this one: try again with a new actor");
    }
    const outdated = this.#eras.admit(transaction, admitted.partition, command.era);
    if (outdated !== undefined) return outdated;
    const held = getRow(transaction, command.row);
    const minted = mintRow(command, held.stored, this.#minter, this.#hybridClock, this.#limits);
    if (minted.type === "refusal") return minted;
    if (!minted.repeated) {
      const { dot, versions } = minted;
      this.#put(transaction, command, admitted, held, dot.actor, dot.counter, versions);
    }
    const recovering = this.#isRecovering(admitted, held);
    return this.#asMinted(minted, recovering, admitted);
  }

  merge(transaction: OrderedTransaction, command: MergeCommand): Staged | Refusal {
    const admitted = admit(this.#meta, command);
    if (admitted.type === "refusal") return admitted;
    const outdated = this.#eras.admit(transaction, admitted.partition, command.era);
    if (outdated !== undefined) return outdated;
    const held = getRow(transaction, command.row);
    const { stored } = held;
    const merged = mergeRow(command, stored, this.#minter, this.#hybridClock);
    if (merged.type === "refusal") return merged;
    // A machine image was resumed twice, say. Whoever else mints as our actor: we stop.
    if (merged.actorCopied) this.#minter = undefined;
    // A row may stand under an N that its bucket has lost to another definition.
    if (merged.changed || (stored !== undefined && stored.n !== command.bucket.n)) {
      const { owner, ownedTo = 0 } = stored ?? {};
      this.#put(transaction, command, admitted, held, owner, ownedTo, merged.versions);
    }
    const recovering = this.#isRecovering(admitted, held);
    return { type: "merged", versions: merged.versions, recovering, ...this.#era(admitted) };
  }

  /** A leftover of a ring change goes. */
  drop(transaction: OrderedTransaction, command: DropRowCommand): Staged | Refusal {
    const books = { meta: this.#meta, leaves: this.#leaves, suspects: this.#suspects };
    return dropRow(books, transaction, command);
  }

  /** Those that were met. */
  dropDamaged(transaction: OrderedTransaction, { partition }: DropDamagedCommand): Staged {
    for (const row of this.#suspects.in(partition, this.#meta.partitions)) {
      const held = getRow(transaction, row);
      this.#suspects.heal(row);
      if (held.state !== "suspect") continue;
      transaction.delete("rows", row);
      this.#leaves.stage(transaction, partition, row, held, undefined);
      this.#meta.stageRecovering(transaction, partition, true);
    }
    return { type: "accepted" };
  }

  /** To be called before each commit: makes a fresh actor durable where there is none. */
  stageActor(transaction: OrderedTransaction): void {
    if (this.#minter !== undefined) return;
    this.#staged = new DotMinter(this.#random);
    this.#meta.stageActor(transaction, this.#staged.actor, this.#clock.nowMs());
  }

  /** The transaction has ended. */
  settle(committed: boolean): void {
    if (!committed) this.#minter?.voidOwned();
    else if (this.#staged !== undefined) this.#minter = this.#staged;
    this.#staged = undefined;
  }

  #put(
    transaction: OrderedTransaction,
    { row, bucket: { n } }: MintCommand | MergeCommand,
    { partition }: Admitted,
    held: HeldRow,
    owner: ActorId | undefined,
    ownedTo: number,
    versions: Uint8Array,
  ): void {
    const value = encodeRow(row, n, owner, ownedTo, versions);
    transaction.put("rows", row, value);
    const valueBytes = value.length;
    this.#leaves.stage(transaction, partition, row, held, { n, versions, valueBytes });
    this.#suspects.heal(row);
    // What stood here is lost, and one merge cannot tell whether it brought all of it back (§8).
    if (held.state === "suspect") this.#meta.stageRecovering(transaction, partition, true);
  }

  /** Field by field: to spread one object into a literal and add to it takes V8 1 to 2 µs. */
  #asMinted(
    { versions, context, follows, stamp, dot, repeated }: Omit<Minted, "recovering">,
    recovering: boolean,
    admitted: Admitted,
  ): Minted {
    const type = "minted" as const;
    const era = this.#era(admitted);
    return { type, versions, context, follows, stamp, dot, repeated, recovering, ...era };
  }

  #era({ partition }: Admitted): { readonly era?: Era } {
    const era = this.#book.now(partition);
    return era.swept === 0 ? NO_ERA : { era };
  }

  #isRecovering({ partition }: Admitted, held: HeldRow): boolean {
    return held.state === "suspect" || this.#meta.isRecoveringNow(partition);
  }
}
