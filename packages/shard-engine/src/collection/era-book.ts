import { ByteReader, ByteWriter, fromHex, toHex } from "@coterie/core";
import { type Era, FIRST_ERA } from "@coterie/versions";
import { list, put } from "../meta-space.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import type { RoundId } from "./round-id.ts";

/** `era/<partition>`: swept, collected, the id of the round that was swept for. */
const ERA = "era/";

const NO_ROUND: RoundId = "0".repeat(16);

interface Swept {
  readonly era: Era;
  readonly round: RoundId;
}

const NEVER: Swept = { era: FIRST_ERA, round: NO_ROUND };

/**
 * The eras of a shard's partitions, durable. Readers see those of the last commit, writes those of their
 * own transaction: a merge that comes in the batch of a collection is judged after it.
 */
export class EraBook {
  readonly #known = new Map<number, Swept>();
  readonly #staged = new Map<number, Swept>();

  constructor(transaction: OrderedTransaction) {
    for (const { key, value } of list(transaction, ERA)) {
      const reader = new ByteReader(value);
      const era = { swept: reader.varint(), collected: reader.varint() };
      this.#known.set(Number(key.slice(ERA.length)), { era, round: toHex(reader.raw(8)) });
    }
  }

  /** As of the last commit; undefined: nothing was ever swept. */
  of(partition: number): Era | undefined {
    return this.#known.get(partition)?.era;
  }

  /** Of all partitions that were ever swept, as of the last commit: [partition, swept, collected]. */
  get list(): readonly (readonly [number, number, number])[] {
    return [...this.#known].map(([partition, { era }]) => [partition, era.swept, era.collected]);
  }

  /** In the transaction that is open. */
  now(partition: number): Era {
    return this.#nowOf(partition).era;
  }

  /** The round whose sweep was answered last, in the transaction that is open. */
  roundNow(partition: number): RoundId {
    return this.#nowOf(partition).round;
  }

  /** Whether `swept` is what others said, taken over when nothing was here, and no sweep was answered. */
  isHearsay(partition: number): boolean {
    return this.#nowOf(partition).round === NO_ROUND;
  }

  stage(transaction: OrderedTransaction, partition: number, era: Era, round = NO_ROUND): void {
    const { swept, collected } = era;
    const value = new ByteWriter(24).varint(swept).varint(collected).raw(fromHex(round)!);
    put(transaction, ERA + partition, value.finish());
    this.#staged.set(partition, { era: { swept, collected }, round });
  }

  /** The transaction has ended. */
  settle(committed: boolean): void {
    if (this.#staged.size === 0) return;
    if (committed) for (const [partition, swept] of this.#staged) this.#known.set(partition, swept);
    this.#staged.clear();
  }

  #nowOf(partition: number): Swept {
    return this.#staged.get(partition) ?? this.#known.get(partition) ?? NEVER;
  }
}
