import { encodeUtf8, pick, SeededRandom } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowKey } from "../row-key.ts";
import { type KeptRow, RowSlab } from "./row-slab.ts";

const ROWS = Array.from({ length: 40 }, (_, key) => rowKey("slab", Uint8Array.of(key)));
const whole = (versions: Uint8Array): Uint8Array => versions;

function kept(row: number, fill: number, length: number): KeptRow {
  const era = fill % 3 === 0 ? undefined : { swept: fill, collected: fill - 1 };
  const versions = length === 0 ? undefined : new Uint8Array(length).fill(fill);
  return { row: ROWS[row]!, versions, n: fill % 5, era };
}

function found(slab: RowSlab, row: Uint8Array): KeptRow | undefined {
  const at = slab.find(row);
  if (at === undefined) return undefined;
  return { row, versions: slab.versionsAt(at, whole), n: slab.nAt(at), era: slab.eraAt(at) };
}

describe("a slab of rows", () => {
  test("what is found of a row is what was kept last, however often the memory was gone round", () => {
    const act = fc.record({
      kind: fc.constantFrom("keep", "keep", "keep", "keep", "find", "find", "drop", "clear"),
      row: fc.nat(ROWS.length - 1),
      fill: fc.nat(255),
      length: fc.nat(120),
    });
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 400 }),
        fc.integer({ min: 0, max: 4000 }),
        (acts, bytesMax) => {
          const slab = new RowSlab(bytesMax);
          const latest = new Map<number, KeptRow>();
          const read: { readonly versions: Uint8Array; readonly copy: Uint8Array }[] = [];
          for (const { kind, row, fill, length } of acts) {
            if (kind === "keep") {
              slab.keep(kept(row, fill, length));
              latest.set(row, kept(row, fill, length));
            } else if (kind === "drop") {
              slab.drop(ROWS[row]!);
              latest.delete(row);
            } else if (kind === "clear") {
              slab.clear();
              latest.clear();
            } else {
              const answer = found(slab, ROWS[row]!);
              if (answer !== undefined) expect(answer).toEqual(latest.get(row));
              const versions = answer?.versions;
              if (versions !== undefined) read.push({ versions, copy: versions.slice() });
            }
            expect(slab.bytes).toBeLessThanOrEqual(bytesMax);
          }
          for (const { versions, copy } of read) expect(versions).toEqual(copy);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of rows that begin with one token the last is found, and none is taken for another", () => {
    const rows = [1, 2, 3].map((last) => Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2, last));
    const slab = new RowSlab(1 << 12);
    for (const [at, row] of rows.entries()) slab.keep({ ...kept(0, at, 50), row });
    expect(rows.map((row) => found(slab, row)?.versions?.[0])).toEqual([undefined, undefined, 2]);
    slab.drop(rows[0]!);
    expect(rows.map((row) => found(slab, row))).toEqual([undefined, undefined, undefined]);
  });

  test("everything that fits is found", () => {
    const slab = new RowSlab(1 << 16);
    for (const at of ROWS.keys()) slab.keep(kept(at, at, 100));
    for (const at of ROWS.keys()) expect(found(slab, ROWS[at]!)).toEqual(kept(at, at, 100));
  });

  test("what fits stays, though all of it is written and read again and again in no order", () => {
    const rows = Array.from({ length: 400 }, (_, key) => rowKey("slab", encodeUtf8(String(key))));
    // 24 bytes of head, 16 or so of key, 160 of versions; so it is nine tenths full.
    const slab = new RowSlab((400 * 200 * 10) / 9);
    const random = new SeededRandom(7);
    for (const row of rows) slab.keep({ ...kept(0, 1, 160), row });
    let missing = 0;
    for (let turn = 0; turn < 40_000; turn++) {
      const row = pick(random, rows);
      if (slab.find(row) === undefined) missing++;
      if (turn % 2 === 0) slab.keep({ ...kept(0, turn % 256, 160), row });
    }
    expect(missing).toBeLessThan(80);
  });

  test("a row that is found again and again outlives those that are not", () => {
    const slab = new RowSlab(2048);
    for (let turn = 0; turn < 200; turn++) {
      slab.keep(kept(1 + (turn % 39), turn % 256, 60));
      if (turn === 0) slab.keep(kept(0, 7, 60));
      expect(found(slab, ROWS[0]!)).toEqual(kept(0, 7, 60));
    }
    expect(ROWS.filter((row) => found(slab, row) !== undefined).length).toBeLessThan(22);
  });

  test("a value that looks like an entry is none, though it lies where one was", () => {
    const slab = new RowSlab(4096);
    slab.keep(kept(1, 1, 100));
    slab.keep(kept(0, 1, 100));
    const at = slab.find(ROWS[0]!)!;
    // The next round's first entry begins at 0, and its value with what follows the 24 bytes of its head and its key.
    const value = new Uint8Array(300);
    const head = new DataView(value.buffer, at - 24 - ROWS[0]!.length);
    for (const [word, what] of [ROWS[0]!.length, 5, 3].entries()) {
      head.setUint32(4 * word, what, true);
    }
    value.set(ROWS[0]!, at - ROWS[0]!.length);
    for (const row of ROWS.slice(2, 20)) slab.keep({ row, versions: value, n: 3 });
    expect(slab.find(ROWS[0]!)).toEqual(undefined);
  });

  test("a bound above what it can use is as good as that", () => {
    const slab = new RowSlab(2 ** 40);
    slab.keep(kept(0, 1, 50));
    expect(found(slab, ROWS[0]!)).toEqual(kept(0, 1, 50));
  });

  test("a row that would take an eighth of the memory is not kept, and its earlier state is gone", () => {
    const slab = new RowSlab(4096);
    slab.keep(kept(0, 1, 50));
    slab.keep(kept(0, 2, 600));
    expect(found(slab, ROWS[0]!)).toEqual(undefined);
  });
});
