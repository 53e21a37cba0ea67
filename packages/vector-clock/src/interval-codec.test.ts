import { ByteReader, ByteWriter, bytesEqual, CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, clock, clockOf, dots } from "../test/arbitraries.ts";
import { writeActor } from "./actor.ts";
import { IntervalClock } from "./interval-clock.ts";

const A = ACTORS[2]!;

function encode(some: IntervalClock): Uint8Array {
  const writer = new ByteWriter();
  some.encode(writer);
  return writer.finish();
}

function decode(bytes: Uint8Array): IntervalClock {
  const reader = new ByteReader(bytes);
  const some = IntervalClock.decode(reader);
  reader.end();
  return some;
}

describe("the encoding of interval clocks", () => {
  test("is read back", () => {
    fc.assert(
      fc.property(clock, (some) => {
        expect(decode(encode(some))).toEqual(some);
      }),
    );
  });

  test("is equal exactly for equal clocks", () => {
    fc.assert(
      fc.property(dots, dots, (a, b) => {
        const [one, other] = [clockOf(a), clockOf(b)];
        expect(bytesEqual(encode(one), encode(other))).toBe(one.equals(other));
        expect(encode(one.join(other))).toEqual(encode(other.join(one)));
      }),
    );
  });

  test("whatever can be read is written back byte for byte, and all else is a CodecError", () => {
    let read = 0;
    fc.assert(
      fc.property(mangled(), (bytes) => {
        const some = decodeOrFault(bytes);
        if (some instanceof CodecError) return;
        read++;
        expect(encode(some)).toEqual(bytes);
      }),
      { numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(50);
  });

  test("random bytes are read or refused by a CodecError, whole and skipped alike", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        decodeOrFault(bytes);
        try {
          IntervalClock.skip(new ByteReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test("a clock of one actor with one interval takes 10 bytes and its two numbers", () => {
    expect(encode(IntervalClock.EMPTY)).toEqual(new Uint8Array([0]));
    expect(encode(clockOf([{ actor: A, counter: 1 }])).length).toBe(12);
    expect(encode(clockOf([{ actor: A, counter: 100_000 }])).length).toBe(14);
  });

  test("skipping ends where decoding does", () => {
    fc.assert(
      fc.property(clock, (some) => {
        const reader = new ByteReader(new ByteWriter().raw(encode(some)).uint8(9).finish());
        IntervalClock.skip(reader);
        expect(reader.uint8()).toBe(9);
        reader.end();
      }),
    );
  });

  test("actors out of order or twice are refused", () => {
    for (const order of [
      [ACTORS[2]!, ACTORS[1]!],
      [A, A],
    ]) {
      const writer = new ByteWriter().varint(2);
      for (const actor of order) {
        writeActor(writer, actor);
        writer.varint(0).varint(0).varint(0);
      }
      expect(() => decode(writer.finish())).toThrow("the actors of a clock are not in order");
    }
  });

  test("counters above 2^53 - 1 are refused", () => {
    for (const [gap, length] of [
      [2 ** 53 - 1, 0],
      [0, 2 ** 53 - 1],
      [2 ** 53 - 1, 2 ** 53 - 1],
    ] as const) {
      const writer = new ByteWriter().varint(1);
      writeActor(writer, A);
      writer.varint(0).varint(gap).varint(length);
      expect(() => decode(writer.finish())).toThrow("larger than 2^53 - 1");
    }
  });

  test("a count that promises more than there is costs nothing", () => {
    const writer = new ByteWriter().varint(2 ** 53 - 1);
    expect(() => decode(writer.finish())).toThrow(CodecError);
    expect(() => IntervalClock.skip(new ByteReader(writer.finish()))).toThrow(CodecError);
  });
});

/** Encodings with one byte changed, added or removed: much nearer to valid ones than noise. */
function mangled(): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(60), to: fc.nat(255), how: fc.nat(3) });
  return fc.tuple(clock, change).map(([some, { at, to, how }]) => {
    const bytes = [...encode(some)];
    const place = at % bytes.length;
    if (how === 0) bytes[place] = to;
    if (how === 1) bytes.splice(place, 1);
    if (how === 2) bytes.splice(place, 0, to);
    if (how === 3) bytes[place] = (bytes[place]! + 1) % 256;
    return new Uint8Array(bytes);
  });
}

function decodeOrFault(bytes: Uint8Array): IntervalClock | CodecError {
  try {
    return decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return error as CodecError;
  }
}
