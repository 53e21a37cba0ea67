import { ByteReader, ByteWriter, bytesEqual, CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, actor, dots } from "../test/arbitraries.ts";
import { writeActor } from "./actor.ts";
import { VersionVector } from "./version-vector.ts";

const A = ACTORS[0]!;
const B = ACTORS[1]!;
const vector = dots.map((list) => list.reduce((grown, d) => grown.advance(d), VersionVector.EMPTY));

function encode(some: VersionVector): Uint8Array {
  const writer = new ByteWriter();
  some.encode(writer);
  return writer.finish();
}

function decode(bytes: Uint8Array): VersionVector {
  const reader = new ByteReader(bytes);
  const some = VersionVector.decode(reader);
  reader.end();
  return some;
}

describe("VersionVector", () => {
  test("an event comes after what its actor had seen, and events apart are concurrent", () => {
    const first = VersionVector.EMPTY.increment(A);
    const atA = first.increment(A);
    const atB = first.increment(B);
    expect(first.compare(atA)).toBe("before");
    expect(atA.compare(first)).toBe("after");
    expect(atA.compare(atB)).toBe("concurrent");
    expect(atA.merge(atB).compare(atB)).toBe("after");
    expect([atA.get(A), atA.get(B)]).toEqual([2, 0]);
  });

  test("it claims every event up to its maximum, seen or not", () => {
    const jumped = VersionVector.EMPTY.advance({ actor: A, counter: 5 });
    expect(jumped.contains({ actor: A, counter: 3 })).toBe(true);
    expect(jumped.contains({ actor: A, counter: 6 })).toBe(false);
  });

  test("merge is commutative, associative and idempotent", () => {
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        expect(a.merge(b)).toEqual(b.merge(a));
        expect(a.merge(b).merge(c)).toEqual(a.merge(b.merge(c)));
        expect(a.merge(a)).toBe(a);
      }),
    );
  });

  test("descends is a partial order, and merge the least that descends from both", () => {
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        expect(a.descends(a)).toBe(true);
        expect(a.descends(b) && b.descends(a)).toBe(a.equals(b));
        if (a.descends(b) && b.descends(c)) expect(a.descends(c)).toBe(true);
        const merged = a.merge(b);
        expect(merged.descends(a) && merged.descends(b)).toBe(true);
        if (c.descends(a) && c.descends(b)) expect(c.descends(merged)).toBe(true);
      }),
    );
  });

  test("an increment is strictly after, whatever was seen", () => {
    fc.assert(
      fc.property(vector, actor, (some, who) => {
        fc.pre(some.get(who) < Number.MAX_SAFE_INTEGER);
        expect(some.increment(who).compare(some)).toBe("after");
      }),
    );
  });

  test("a counter that would leave the safe integers is a bug", () => {
    const full = VersionVector.EMPTY.advance({ actor: A, counter: Number.MAX_SAFE_INTEGER });
    expect(() => full.increment(A)).toThrow("a counter is");
  });
});

describe("the encoding of version vectors", () => {
  test("is read back, and equal exactly for equal vectors", () => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        expect(decode(encode(a))).toEqual(a);
        expect(bytesEqual(encode(a), encode(b))).toBe(a.equals(b));
      }),
    );
  });

  test("random bytes are refused by a CodecError or written back byte for byte", () => {
    const near = fc.tuple(vector, fc.nat(60), fc.nat(255)).map(([some, at, to]) => {
      const bytes = encode(some);
      bytes[at % bytes.length] = to;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 30 })), (bytes) => {
        let some: VersionVector;
        try {
          some = decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encode(some)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test("a counter of 0 and actors out of order are refused", () => {
    const zero = new ByteWriter().varint(1);
    writeActor(zero, A);
    expect(() => decode(zero.varint(0).finish())).toThrow("a counter of a vector is 0");
    const twice = new ByteWriter().varint(2);
    for (let i = 0; i < 2; i++) {
      writeActor(twice, A);
      twice.varint(1);
    }
    expect(() => decode(twice.finish())).toThrow("not in order");
  });
});
