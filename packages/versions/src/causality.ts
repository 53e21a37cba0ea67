import { assert, ByteReader, ByteWriter, CodecError } from "@coterie/core";
import { compareDots, type Dot, IntervalClock } from "@coterie/vector-clock";

/** The clocks of a version set without its values: what was seen, and which of it is present. */
export interface Causality {
  readonly context: IntervalClock;
  /** Of every sibling and twin, ascending. */
  readonly dots: readonly Dot[];
}

/** Of every encoded version set; a later format has a higher one. */
const FORMAT = 1;

// format, context, count of dots, then per dot the index of its actor among the context's and how far
// below that actor's highest counter it stands: mostly two zeros. Dots ascend, so indices do not go
// down, and for one actor the distances do.

export function writeCausality(
  writer: ByteWriter,
  context: IntervalClock,
  dotted: readonly { readonly dot: Dot }[],
): void {
  writer.uint8(FORMAT);
  context.encode(writer);
  writer.varint(dotted.length);
  let index = 0;
  for (const { dot } of dotted) {
    assert(context.contains(dot), "a sibling's dot is not in its set's context");
    while (context.entries[index]!.actor !== dot.actor) index++;
    writer.varint(index).varint(context.lastOf(dot.actor) - dot.counter);
  }
}

export function readCausality(reader: ByteReader): Causality {
  readFormat(reader);
  const context = IntervalClock.decode(reader);
  const dots: Dot[] = [];
  let beforeIndex = -1;
  let beforeCounter = 0;
  for (let count = reader.varint(); count > 0; count--) {
    const index = reader.varint();
    const actor = context.entries[index]?.actor;
    if (actor === undefined) throw new CodecError("a dot is of no actor of its context");
    const dot = { actor, counter: context.lastOf(actor) - reader.varint() };
    if (index < beforeIndex || (index === beforeIndex && dot.counter <= beforeCounter)) {
      throw new CodecError("the dots are not in order");
    }
    if (!context.contains(dot)) throw new CodecError("a dot is not covered by its context");
    beforeIndex = index;
    beforeCounter = dot.counter;
    dots.push(dot);
  }
  return { context, dots };
}

function readFormat(reader: ByteReader): void {
  const format = reader.uint8();
  if (format !== FORMAT) throw new CodecError(`versions of format ${format}, not ${FORMAT}`);
}

/**
 * The clocks of an encoded version set: a view of its beginning, found without decoding it. Two are
 * equal exactly when the clocks are. Throws `CodecError` when there is no such beginning.
 */
export function causalityOf(encoded: Uint8Array): Uint8Array {
  const reader = new ByteReader(encoded);
  skipCausality(reader);
  return encoded.subarray(0, reader.offset);
}

/** Moves `reader` behind the clocks of an encoded set; returns how many dots they have. */
export function skipCausality(reader: ByteReader): number {
  readFormat(reader);
  IntervalClock.skip(reader);
  const dots = reader.varint();
  for (let fields = 2 * dots; fields > 0; fields--) reader.varint();
  return dots;
}

/** Reads what `causalityOf` gives; throws `CodecError` for all else. */
export function decodeCausality(bytes: Uint8Array): Causality {
  const reader = new ByteReader(bytes);
  const causality = readCausality(reader);
  reader.end();
  return causality;
}

/** The inverse of `decodeCausality`. */
export function encodeCausality({ context, dots }: Causality): Uint8Array {
  const writer = new ByteWriter(32);
  const dotted = dots.map((dot) => ({ dot }));
  writeCausality(writer, context, dotted);
  return writer.finish();
}

/**
 * Whether merging in the set that `other` describes would change nothing in the one that `mine` does:
 * a read need not fetch its values, a repair need not send ours. Right in both modes.
 */
export function subsumes(mine: Causality, other: Causality): boolean {
  if (!mine.context.descends(other.context)) return false;
  // Both ascend, and what `mine` has is either unknown to `other` or among its dots.
  let at = 0;
  for (const dot of mine.dots) {
    while (at < other.dots.length && compareDots(other.dots[at]!, dot) < 0) at++;
    const held = at < other.dots.length && compareDots(other.dots[at]!, dot) === 0;
    if (!held && other.context.contains(dot)) return false;
  }
  return true;
}
