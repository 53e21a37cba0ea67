import { CodecError, SeededRandom } from "@coterie/core";
import { expect, test } from "vitest";
import { decodeBirth, encodeBirth, newBirth } from "./node-birth.ts";

const born = {
  ...newBirth("n1", new SeededRandom(1)),
  cluster: { id: new Uint8Array(16).fill(7), partitions: 1024, founder: "n2" },
};

test("a birth record is read back, before and after the node joined a cluster", () => {
  expect(decodeBirth(encodeBirth(born))).toEqual(born);
  const unborn = { ...born, cluster: undefined };
  expect(decodeBirth(encodeBirth(unborn))).toEqual(unborn);
});

test("a birth record cut short anywhere is refused", () => {
  const bytes = encodeBirth(born);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeBirth(bytes.subarray(0, length))).toThrow(CodecError);
  }
});

test("two directories never share an identity", () => {
  const random = new SeededRandom(2);
  expect(newBirth("n1", random).identity).not.toEqual(newBirth("n1", random).identity);
});
