import type { Clock, Random } from "@coterie/core";
import { HybridClock } from "@coterie/hybrid-clock";
import type { ActorId } from "@coterie/vector-clock";
import { type Admitted, admit } from "./admission.ts";
import type { MergeCommand, MintCommand, Staged } from "./commands.ts";
import { DotMinter } from "./dot-minter.ts";
import { getRow, type HeldRow } from "./held-row.ts";
import { mergeRow } from "./merge-row.ts";
import { type ClientLimits, mintRow } from "./mint-row.ts";
import type { OrderedTransaction } from "./ordered-store.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { RowCensus } from "./row-census.ts";
import { encodeRow } from "./row-codec.ts";
import type { ShardMeta } from "./shard-meta.ts";

export interface RowWriterOptions extends Partial<ClientLimits> {
  readonly clock: Pick<Clock, "nowMs">;
  readonly random: Random;
  /** How far a stamp may run ahead of the wall clock; see `HybridClock`. Default 60,000. */
  readonly maxDriftMs?: number;
}

const SIBLINGS_MAX = 128;
const VALUE_BYTES_MAX = 1 << 20;
const DRIFT_MS_MAX = 60_000;

/** Mints and merges rows, as an actor that is durable before its first dot. */
export class RowWriter {
  readonly #meta: ShardMeta;
  readonly #census: RowCensus;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #random: Random;
  readonly #hybridClock: HybridClock;
  readonly #limits: ClientLimits;
  /** Undefined while no fresh actor is durable. */
  #minter: DotMinter | undefined;
  #staged: DotMinter | undefined;

  constructor(meta: ShardMeta, census: RowCensus, options: RowWriterOptions) {
    const { clock, random, maxDriftMs, siblingsMax, valueBytesMax } = options;
    this.#meta = meta;
    this.#census = census;
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
    const held = getRow(transaction, command.row);
    const minted = mintRow(command, held.stored, this.#minter, this.#hybridClock, this.#limits);
    if (minted.type === "refusal") return minted;
    if (!minted.repeated) {
      const { dot, versions } = minted;
      const value = encodeRow(command.row, dot.actor, dot.counter, versions);
      this.#put(transaction, command.row, admitted, held, value);
    }
    return { ...minted, recovering: this.#isRecovering(admitted, held) };
  }

  merge(transaction: OrderedTransaction, command: MergeCommand): Staged | Refusal {
    const admitted = admit(this.#meta, command);
    if (admitted.type === "refusal") return admitted;
    const held = getRow(transaction, command.row);
    const { stored } = held;
    const merged = mergeRow(command, stored, this.#minter, this.#hybridClock);
    if (merged.type === "refusal") return merged;
    // A machine image was resumed twice, say. Whoever else mints as our actor: we stop.
    if (merged.actorCopied) this.#minter = undefined;
    if (merged.changed) {
      const value = encodeRow(command.row, stored?.owner, stored?.ownedTo ?? 0, merged.versions);
      this.#put(transaction, command.row, admitted, held, value);
    }
    const recovering = this.#isRecovering(admitted, held);
    return { type: "merged", versions: merged.versions, recovering };
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
    row: Uint8Array,
    { partition }: Admitted,
    held: HeldRow,
    value: Uint8Array,
  ): void {
    transaction.put("rows", row, value);
    this.#census.put(row, held.state === "absent" ? undefined : held.valueBytes, value.length);
    // What stood here is lost, and one merge cannot tell whether it brought all of it back (§8).
    if (held.state === "suspect") this.#meta.stageRecovering(transaction, partition, true);
  }

  #isRecovering({ partition }: Admitted, held: HeldRow): boolean {
    return held.state === "suspect" || this.#meta.isRecovering(partition);
  }
}
