import { assert, type ByteReader, type ByteWriter } from "@coterie/core";
import type { ActorId } from "./actor.ts";
import { boundsContain, boundsCover, boundsEqual, joinBounds } from "./bounds.ts";
import type { ClockEntry } from "./clock-entry.ts";
import type { Dot } from "./dot.ts";
import { decodeEntries, encodeEntries, skipEntries } from "./interval-codec.ts";

/** An inclusive run of dots of one actor. */
export interface DotInterval {
  readonly actor: ActorId;
  readonly from: number;
  readonly to: number;
}

/**
 * An exact, immutable set of dots. A version vector would claim every counter up to a maximum; this
 * claims what was seen and nothing between (near to vectors with exceptions, Malkhi and Terry 2005).
 *
 * Invariants: (1) entries ascend by actor, none is empty; (2) the intervals of an entry ascend and do
 * not touch. So equal sets have equal entries, and equal encodings.
 */
export class IntervalClock {
  static readonly EMPTY: IntervalClock = new IntervalClock([]);

  /** The representation, for tests and tools; ask the methods. */
  readonly entries: readonly ClockEntry[];

  private constructor(entries: readonly ClockEntry[]) {
    this.entries = entries;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  contains(dot: Dot): boolean {
    const at = indexOfActor(this.entries, dot.actor);
    return at >= 0 && boundsContain(this.entries[at]!.bounds, dot.counter);
  }

  /** The highest counter of `actor` in this clock; 0 when there is none. */
  lastOf(actor: ActorId): number {
    const at = indexOfActor(this.entries, actor);
    if (at < 0) return 0;
    const { bounds } = this.entries[at]!;
    return bounds[bounds.length - 1]!;
  }

  /** With this one dot; itself when it is known already. */
  add(dot: Dot): IntervalClock {
    return this.become(withRun(this.entries, dot.actor, dot.counter, dot.counter));
  }

  /**
   * With every dot of `actor` from `from`, which is known, to `to`. Only for whoever is sure that
   * none of the dots between is a write to this key that is not known here.
   */
  extend(actor: ActorId, from: number, to: number): IntervalClock {
    assert(this.contains({ actor, counter: from }), "a clock is extended from a dot it contains");
    return this.become(withRun(this.entries, actor, from, to));
  }

  /** The union; itself or `other` when that one has all of it, so identity tells "nothing new". */
  join(other: IntervalClock): IntervalClock {
    if (this.descends(other)) return this;
    if (other.descends(this)) return other;
    const a = this.entries;
    const b = other.entries;
    const joined: ClockEntry[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length && j < b.length) {
      const left = a[i]!;
      const right = b[j]!;
      if (left.actor === right.actor) {
        joined.push({ actor: left.actor, bounds: joinBounds(left.bounds, right.bounds) });
        i++;
        j++;
      } else if (left.actor < right.actor) {
        joined.push(left);
        i++;
      } else {
        joined.push(right);
        j++;
      }
    }
    while (i < a.length) joined.push(a[i++]!);
    while (j < b.length) joined.push(b[j++]!);
    return new IntervalClock(joined);
  }

  /** Whether every dot of `other` is in this clock. A partial order. */
  descends(other: IntervalClock): boolean {
    if (this === other) return true;
    const mine = this.entries;
    let at = 0;
    for (const { actor, bounds } of other.entries) {
      while (at < mine.length && mine[at]!.actor < actor) at++;
      const entry = mine[at];
      if (entry?.actor !== actor || !boundsCover(entry.bounds, bounds)) return false;
    }
    return true;
  }

  equals(other: IntervalClock): boolean {
    const a = this.entries;
    const b = other.entries;
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) {
      if (a[i]!.actor !== b[i]!.actor || !boundsEqual(a[i]!.bounds, b[i]!.bounds)) return false;
    }
    return true;
  }

  /** The runs of one actor, or of all, ascending. */
  intervals(actor?: ActorId): readonly DotInterval[] {
    const runs: DotInterval[] = [];
    for (const entry of this.entries) {
      if (actor !== undefined && entry.actor !== actor) continue;
      for (let i = 0; i < entry.bounds.length; i += 2) {
        runs.push({ actor: entry.actor, from: entry.bounds[i]!, to: entry.bounds[i + 1]! });
      }
    }
    return runs;
  }

  /** Appends the canonical form: equal clocks have equal bytes. */
  encode(writer: ByteWriter): void {
    encodeEntries(writer, this.entries);
  }

  /** Reads what `encode` wrote; throws `CodecError` for anything that `encode` would not write. */
  static decode(reader: ByteReader): IntervalClock {
    const entries = decodeEntries(reader);
    return entries.length === 0 ? IntervalClock.EMPTY : new IntervalClock(entries);
  }

  /** Moves `reader` behind an encoded clock without building it. */
  static skip(reader: ByteReader): void {
    skipEntries(reader);
  }

  private become(entries: readonly ClockEntry[]): IntervalClock {
    return entries === this.entries ? this : new IntervalClock(entries);
  }
}

/** `entries` with the counters `from` to `to` of `actor`; itself when it has them. */
function withRun(
  entries: readonly ClockEntry[],
  actor: ActorId,
  from: number,
  to: number,
): readonly ClockEntry[] {
  assert(
    from >= 1 && from <= to && Number.isSafeInteger(from) && Number.isSafeInteger(to),
    "a run of counters ascends within 1 … 2^53 - 1",
  );
  const run = [from, to];
  const at = indexOfActor(entries, actor);
  if (at < 0) return [...entries.slice(0, ~at), { actor, bounds: run }, ...entries.slice(~at)];
  const { bounds } = entries[at]!;
  if (boundsCover(bounds, run)) return entries;
  const changed = entries.slice();
  changed[at] = { actor, bounds: joinBounds(bounds, run) };
  return changed;
}

/** Where `actor` is, or the complement of where it would go. (No index: V8 looks `entries[-1]` up by its name.) */
function indexOfActor(entries: readonly ClockEntry[], actor: ActorId): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = entries[middle]!.actor;
    if (found === actor) return middle;
    if (found < actor) low = middle + 1;
    else high = middle;
  }
  return ~low;
}
