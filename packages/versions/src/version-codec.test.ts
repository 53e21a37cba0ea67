import { ByteWriter, bytesEqual, CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTORS, clockOf, setOf, versionOf, versionSet } from "../test/arbitraries.ts";
import { EMPTY_VERSIONS, mergeVersions } from "./merge.ts";
import { spreadTwins } from "./twins.ts";
import type { VersionSet } from "./version.ts";
import { decodeVersions, encodeVersions, operationsOf } from "./version-codec.ts";

const A = ACTORS[2]!;

function decodeOrFault(bytes: Uint8Array): VersionSet | CodecError {
  try {
    return decodeVersions(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return error as CodecError;
  }
}

describe("the encoding of version sets", () => {
  test("is read back, twins and all", () => {
    fc.assert(
      fc.property(versionSet, (set) => {
        expect(decodeVersions(encodeVersions(set))).toEqual(set);
      }),
    );
  });

  test("shows its operation ids, twins and all, without being decoded", () => {
    fc.assert(
      fc.property(versionSet, (set) => {
        const ids = spreadTwins(set.siblings).map((version) => version.operationId);
        expect(operationsOf(encodeVersions(set)).present).toEqual(ids);
      }),
    );
  });

  test("is equal for equal sets, in whatever order they were merged", () => {
    fc.assert(
      fc.property(versionSet, versionSet, (a, b) => {
        expect(encodeVersions(mergeVersions("siblings", a, b))).toEqual(
          encodeVersions(mergeVersions("siblings", b, a)),
        );
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(bytesEqual(encodeVersions(a), encodeVersions(b))).toBe(same);
      }),
    );
  });

  test("what can be read is written back byte for byte, and all else is a CodecError", () => {
    const change = fc.record({ at: fc.nat(400), to: fc.nat(255), how: fc.nat(3) });
    let read = 0;
    fc.assert(
      fc.property(versionSet, change, (set, { at, to, how }) => {
        const list = [...encodeVersions(set)];
        const place = at % list.length;
        if (how === 0) list[place] = to;
        if (how === 1) list.splice(place, 1);
        if (how === 2) list.splice(place, 0, to);
        if (how === 3) list[place] = (list[place]! + 1) % 256;
        const bytes = new Uint8Array(list);
        const decoded = decodeOrFault(bytes);
        if (decoded instanceof CodecError) return;
        read++;
        expect(encodeVersions(decoded)).toEqual(bytes);
      }),
      { numRuns: 1_500 },
    );
    expect(read).toBeGreaterThan(150);
  });

  test("random bytes and every truncation are a CodecError or read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeOrFault(bytes);
        if (bytes.length > 0) bytes[0] = 1;
        decodeOrFault(bytes);
      }),
      { numRuns: 2_000 },
    );
    const whole = encodeVersions(
      setOf([{ actor: A, counter: 2 }], clockOf([{ actor: A, counter: 2 }])),
    );
    for (let length = 0; length < whole.length; length++) {
      expect(decodeOrFault(whole.subarray(0, length))).toBeInstanceOf(CodecError);
    }
  });

  test("values are views of the bytes, not copies", () => {
    const dot = { actor: A, counter: 2 };
    const version = versionOf(dot, { tombstone: false, value: new Uint8Array(50).fill(7) });
    const bytes = encodeVersions({ context: clockOf([dot]), siblings: [version] });
    const { value } = decodeVersions(bytes).siblings[0]!;
    expect(value).toEqual(version.value);
    expect(value.buffer).toBe(bytes.buffer);
  });

  test("around a small value there are 42 bytes, a tombstone takes 41 in all", () => {
    const dot = { actor: A, counter: 1 };
    const bare = { tombstone: false, expiresAtMs: undefined };
    const sized = (over: object): number =>
      encodeVersions({ context: clockOf([dot]), siblings: [versionOf(dot, { ...bare, ...over })] })
        .length;
    expect(sized({ value: new Uint8Array(10) })).toBe(10 + 42);
    expect(sized({ tombstone: true, value: new Uint8Array(0) })).toBe(41);
    expect(encodeVersions(EMPTY_VERSIONS).length).toBe(3);
  });
});

describe("what encodeVersions would not write is refused", () => {
  const dots = [
    { actor: A, counter: 2 },
    { actor: A, counter: 4 },
  ];
  const context = clockOf(dots);
  const begin = (format = 1): ByteWriter => {
    const writer = new ByteWriter().uint8(format);
    context.encode(writer);
    return writer;
  };
  const payload = new ByteWriter().uint8(4).uint32(0).uint32(0).raw(new Uint8Array(16)).finish();

  test("the same written in order is read", () => {
    const bytes = begin().varint(1).varint(0).varint(0).raw(payload).finish();
    expect(decodeVersions(bytes).siblings.map(({ dot }) => dot)).toEqual([dots[1]]);
  });

  test.each([
    ["another format", () => begin(2).varint(0), "format 2"],
    ["a dot of no actor", () => begin().varint(1).varint(1).varint(0), "no actor of its context"],
    ["a dot between", () => begin().varint(1).varint(0).varint(1), "not covered by its context"],
    ["a dot below 1", () => begin().varint(1).varint(0).varint(9), "not covered by its context"],
    ["a dot twice", () => begin().varint(2).varint(0).varint(0).varint(0).varint(0), "in order"],
    [
      "dots descending",
      () => begin().varint(2).varint(0).varint(0).varint(0).varint(2),
      "in order",
    ],
    ["unknown flags", () => begin().varint(1).varint(0).varint(0).uint8(64), "unknown flags 64"],
    [
      "no followed operations where some are announced",
      () => begin().varint(1).varint(0).varint(0).uint8(32).raw(new Uint8Array(40)),
      "no operation is followed",
    ],
    [
      "an unknown encoding",
      () => begin().varint(1).varint(0).varint(0).uint8(3),
      "unknown flags 3",
    ],
    ["bytes after the end", () => begin().varint(0).uint8(0), "1 bytes too many"],
    ["a count beyond the bytes", () => begin().varint(2 ** 50), "cut short"],
  ])("%s", (_, written, message) => {
    const bytes = written().finish();
    expect(() => decodeVersions(bytes)).toThrow(message);
    expect(() => decodeVersions(bytes)).toThrow(CodecError);
  });

  test("an operation id that is not 32 lower-case digits is a bug of whoever encodes", () => {
    for (const operationId of [
      "",
      "0".repeat(31),
      "0".repeat(33),
      `${"0".repeat(31)}G`,
      "A".repeat(32),
    ]) {
      const version = versionOf(dots[0]!, { operationId });
      expect(() => encodeVersions({ context, siblings: [version] })).toThrow("an operation id is");
    }
  });
});
