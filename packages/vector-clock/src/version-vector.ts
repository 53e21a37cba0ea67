import { assert, type ByteReader, type ByteWriter, CodecError } from "@coterie/core";
import { type ActorId, readActor, writeActor } from "./actor.ts";
import type { Dot } from "./dot.ts";

/** How one clock stands to another. */
export type CausalOrder = "equal" | "before" | "after" | "concurrent";

/** How many events of one actor a vector has seen; at least 1. */
export interface VectorEntry {
  readonly actor: ActorId;
  readonly counter: number;
}

/**
 * A version vector (Parker et al. 1983): per actor the number of its events that were seen, all of
 * them from the first on. Immutable. Right where each actor's events are seen in order and without
 * gaps; where they are not, it claims what nobody saw, and `IntervalClock` is the one to use.
 *
 * Invariant: entries ascend by actor, counters are 1 … 2^53 - 1.
 */
export class VersionVector {
  static readonly EMPTY: VersionVector = new VersionVector([]);

  readonly entries: readonly VectorEntry[];

  private constructor(entries: readonly VectorEntry[]) {
    this.entries = entries;
  }

  /** The counter of `actor`; 0 when nothing of it was seen. */
  get(actor: ActorId): number {
    return this.entries.find((entry) => entry.actor === actor)?.counter ?? 0;
  }

  contains(dot: Dot): boolean {
    return this.get(dot.actor) >= dot.counter;
  }

  /** With one more event of `actor`. */
  increment(actor: ActorId): VersionVector {
    return this.advance({ actor, counter: this.get(actor) + 1 });
  }

  /** With every event of the dot's actor up to the dot; itself when that is known already. */
  advance(dot: Dot): VersionVector {
    assert(
      dot.counter >= 1 && Number.isSafeInteger(dot.counter),
      "a counter is an integer from 1 to 2^53 - 1",
    );
    return this.merge(new VersionVector([{ actor: dot.actor, counter: dot.counter }]));
  }

  /** Per actor the larger counter; itself or `other` when that one has all of it. */
  merge(other: VersionVector): VersionVector {
    const order = this.compare(other);
    if (order === "equal" || order === "after") return this;
    if (order === "before") return other;
    const a = this.entries;
    const b = other.entries;
    const merged: VectorEntry[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length && j < b.length) {
      const left = a[i]!;
      const right = b[j]!;
      if (left.actor === right.actor) {
        merged.push(left.counter >= right.counter ? left : right);
        i++;
        j++;
      } else if (left.actor < right.actor) {
        merged.push(left);
        i++;
      } else {
        merged.push(right);
        j++;
      }
    }
    return new VersionVector([...merged, ...a.slice(i), ...b.slice(j)]);
  }

  /** "before" when everything seen here was seen there too, and not the other way round. */
  compare(other: VersionVector): CausalOrder {
    const descends = this.descends(other);
    const precedes = other.descends(this);
    if (descends) return precedes ? "equal" : "after";
    return precedes ? "before" : "concurrent";
  }

  /** Whether everything that `other` has seen was seen here. A partial order. */
  descends(other: VersionVector): boolean {
    const mine = this.entries;
    let at = 0;
    for (const { actor, counter } of other.entries) {
      while (at < mine.length && mine[at]!.actor < actor) at++;
      const entry = mine[at];
      if (entry?.actor !== actor || entry.counter < counter) return false;
    }
    return true;
  }

  equals(other: VersionVector): boolean {
    return this.compare(other) === "equal";
  }

  /** Appends the canonical form: equal vectors have equal bytes. */
  encode(writer: ByteWriter): void {
    writer.varint(this.entries.length);
    for (const { actor, counter } of this.entries) {
      writeActor(writer, actor);
      writer.varint(counter);
    }
  }

  /** Reads what `encode` wrote; throws `CodecError` for anything that `encode` would not write. */
  static decode(reader: ByteReader): VersionVector {
    const entries: VectorEntry[] = [];
    let before = "";
    for (let count = reader.varint(); count > 0; count--) {
      const actor = readActor(reader);
      if (actor <= before) throw new CodecError("the actors of a vector are not in order");
      before = actor;
      const counter = reader.varint();
      if (counter === 0) throw new CodecError("a counter of a vector is 0");
      entries.push({ actor, counter });
    }
    return entries.length === 0 ? VersionVector.EMPTY : new VersionVector(entries);
  }
}
