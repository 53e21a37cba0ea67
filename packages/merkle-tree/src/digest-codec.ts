import { assert, type ByteReader, type ByteWriter, CodecError, type Token } from "@coterie/core";

/** A node of a known level, and what it hashes to. */
export interface NodeDigest {
  readonly index: number;
  readonly digest: Token;
}

/**
 * Ascending node numbers as runs: how many runs; then for each the gap since the last one ended and
 * how many numbers follow one another. Siblings mostly do, so a number costs a fraction of a byte.
 */
export function writeIndexes(writer: ByteWriter, indexes: readonly number[]): void {
  const runs: [gap: number, length: number][] = [];
  let next = 0;
  for (const index of indexes) {
    assert(index >= next, "node numbers ascend");
    const run = runs.at(-1);
    if (run !== undefined && index === next) run[1]++;
    else runs.push([index - next, 1]);
    next = index + 1;
  }
  writer.varint(runs.length);
  for (const [gap, length] of runs) writer.varint(gap).varint(length);
}

/** Refuses numbers from `width` on, so that a short message cannot stand for a vast list. */
export function readIndexes(reader: ByteReader, width: number): number[] {
  const indexes: number[] = [];
  let next = 0;
  for (let runs = reader.varint(); runs > 0; runs--) {
    const gap = reader.varint();
    const length = reader.varint();
    if (length === 0 || (gap === 0 && indexes.length > 0)) {
      throw new CodecError("runs of node numbers are not joined");
    }
    if (next + gap + length > width) throw new CodecError(`a node number is not below ${width}`);
    next += gap;
    for (const end = next + length; next < end; next++) indexes.push(next);
  }
  return indexes;
}

export function writeDigests(writer: ByteWriter, nodes: readonly NodeDigest[]): void {
  writeIndexes(
    writer,
    nodes.map((node) => node.index),
  );
  for (const { digest } of nodes) writeToken(writer, digest);
}

export function readDigests(reader: ByteReader, width: number): NodeDigest[] {
  const indexes = readIndexes(reader, width);
  return indexes.map((index) => ({ index, digest: readToken(reader) }));
}

export function writeToken(writer: ByteWriter, token: Token): void {
  writer.uint32(token.high).uint32(token.low);
}

export function readToken(reader: ByteReader): Token {
  return { high: reader.uint32(), low: reader.uint32() };
}
