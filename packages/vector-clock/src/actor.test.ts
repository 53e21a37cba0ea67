import { ByteReader, ByteWriter, SeededRandom, toHex } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { drawActor, isActorId, readActor, writeActor } from "./actor.ts";

const encoded = (actor: string): Uint8Array => {
  const writer = new ByteWriter();
  writeActor(writer, actor);
  return writer.finish();
};

test("an actor is 8 bytes on the wire, the ones its digits spell, and is read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      expect(encoded(toHex(bytes))).toEqual(bytes);
      expect(readActor(new ByteReader(bytes))).toBe(toHex(bytes));
    }),
  );
});

test("actors that share a place in the table of names are not mistaken for one another", () => {
  const sharing = ["0000000000000000", "0000000100000000", "0000000000000400", "00000000fffffc00"];
  for (const actor of [...sharing, ...sharing]) {
    expect(readActor(new ByteReader(encoded(actor)))).toBe(actor);
  }
});

test("drawn actors are actors, and differ", () => {
  const random = new SeededRandom(1);
  const drawn = Array.from({ length: 500 }, () => drawActor(random));
  expect(drawn.every(isActorId)).toBe(true);
  expect(new Set(drawn).size).toBe(500);
  expect(drawActor({ uint32: () => 7 })).toBe("0000000700000007");
});

test("text of another length or alphabet is no actor", () => {
  for (const text of ["", "a1b2", "A1B2C3D4E5F60718", "g000000000000000", "0".repeat(17)]) {
    expect(isActorId(text)).toBe(false);
  }
});

test("writing what is no actor is a bug", () => {
  for (const wrong of [
    "",
    "a1b2",
    "A1B2C3D4E5F60718",
    "000000000000000g",
    "0".repeat(17),
    "é".repeat(16),
  ]) {
    expect(() => encoded(wrong)).toThrow("an actor is");
  }
});
