import { bytesEqual, CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, clockOf, setOf, versionOf, versionSet } from "../test/arbitraries.ts";
import { type Causality, causalityOf, decodeCausality, subsumes } from "./causality.ts";
import { mergeVersions } from "./merge.ts";
import { spreadTwins } from "./twins.ts";
import type { VersionSet } from "./version.ts";
import { encodeVersions } from "./version-codec.ts";

const describedBy = (set: VersionSet): Causality => ({
  context: set.context,
  dots: spreadTwins(set.siblings).map(({ dot }) => dot),
});

describe("causalityOf", () => {
  test("it is a view of the beginning, and holds the context and the dots", () => {
    fc.assert(
      fc.property(versionSet, (set) => {
        const encoded = encodeVersions(set);
        const causality = causalityOf(encoded);
        expect(causality.buffer).toBe(encoded.buffer);
        expect(causality.byteOffset).toBe(encoded.byteOffset);
        expect(decodeCausality(causality)).toEqual(describedBy(set));
      }),
    );
  });

  test("it is equal exactly for equal clocks, however the sets came about (trap 16)", () => {
    fc.assert(
      fc.property(versionSet, versionSet, (a, b) => {
        const bytes = (set: VersionSet) => causalityOf(encodeVersions(set));
        const same = JSON.stringify(describedBy(a)) === JSON.stringify(describedBy(b));
        expect(bytesEqual(bytes(a), bytes(b))).toBe(same);
        expect(bytes(mergeVersions("siblings", a, b))).toEqual(
          bytes(mergeVersions("siblings", b, a)),
        );
      }),
    );
  });

  test("values, stamps and expiry are no part of it", () => {
    const dot = { actor: ACTORS[2]!, counter: 3 };
    const context = clockOf([dot]);
    const one = versionOf(dot, { value: new Uint8Array([1]), tombstone: false });
    const other = { ...one, value: new Uint8Array([2]), stamp: { wallMs: 1, logical: 1 } };
    expect(causalityOf(encodeVersions({ context, siblings: [one] }))).toEqual(
      causalityOf(encodeVersions({ context, siblings: [other] })),
    );
  });

  test("of one sibling with one interval it takes 16 bytes", () => {
    const dot = { actor: ACTORS[2]!, counter: 1 };
    expect(causalityOf(encodeVersions(setOf([dot], clockOf([dot])))).length).toBe(16);
  });

  test("random bytes give a beginning or a CodecError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, known) => {
        if (known && bytes.length > 0) bytes[0] = 1;
        for (const read of [causalityOf, decodeCausality]) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("subsumes", () => {
  test("it holds exactly when merging the other in changes nothing", () => {
    fc.assert(
      fc.property(versionSet, versionSet, (a, b) => {
        const merged = mergeVersions("siblings", a, b);
        for (const [mine, other] of [
          [a, b],
          [a, merged],
          [merged, a],
        ] as const) {
          const unchanged = mergeVersions("siblings", mine, other) === mine;
          expect(subsumes(describedBy(mine), describedBy(other))).toBe(unchanged);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a merge subsumes what went into it", () => {
    fc.assert(
      fc.property(versionSet, versionSet, (a, b) => {
        const merged = describedBy(mergeVersions("siblings", a, b));
        expect(subsumes(merged, describedBy(a)) && subsumes(merged, describedBy(b))).toBe(true);
      }),
    );
  });
});
