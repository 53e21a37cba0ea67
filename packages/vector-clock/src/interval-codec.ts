import { type ByteReader, type ByteWriter, CodecError } from "@coterie/core";
import { readActor, writeActor } from "./actor.ts";
import type { ClockEntry } from "./clock-entry.ts";

// count of actors, then per actor: 8 bytes, count of intervals - 1, and per interval the gap before it
// and its length, each less the least it can be. So almost every byte string that can be read is
// canonical: what is left to refuse is actors out of order and counters above 2^53 - 1.

export function encodeEntries(writer: ByteWriter, entries: readonly ClockEntry[]): void {
  writer.varint(entries.length);
  for (const { actor, bounds } of entries) {
    writeActor(writer, actor);
    writer.varint((bounds.length >> 1) - 1);
    let least = 1;
    for (let i = 0; i < bounds.length; i += 2) {
      const from = bounds[i]!;
      const to = bounds[i + 1]!;
      writer.varint(from - least).varint(to - from);
      least = to + 2;
    }
  }
}

export function decodeEntries(reader: ByteReader): readonly ClockEntry[] {
  const entries: ClockEntry[] = [];
  let before = "";
  for (let count = reader.varint(); count > 0; count--) {
    const actor = readActor(reader);
    if (actor <= before) throw new CodecError("the actors of a clock are not in order");
    before = actor;
    entries.push({ actor, bounds: decodeBounds(reader) });
  }
  return entries;
}

function decodeBounds(reader: ByteReader): readonly number[] {
  const bounds: number[] = [];
  let least = 1;
  for (let count = reader.varint() + 1; count > 0; count--) {
    const from = least + reader.varint();
    const to = from + reader.varint();
    if (to > Number.MAX_SAFE_INTEGER) throw new CodecError("a counter is larger than 2^53 - 1");
    bounds.push(from, to);
    least = to + 2;
  }
  return bounds;
}

export function skipEntries(reader: ByteReader): void {
  for (let actors = reader.varint(); actors > 0; actors--) {
    reader.skip(8);
    for (let counts = 2 * (reader.varint() + 1); counts > 0; counts--) reader.varint();
  }
}
