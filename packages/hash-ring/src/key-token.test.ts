import { xxh64 } from "@coterie/core";
import { expect, test } from "vitest";
import { keyToken } from "./key-token.ts";

test("a key's token is the hash of the length of its bucket, the bucket and the key", () => {
  const token = keyToken("ab", Uint8Array.of(99, 0));
  expect(token).toEqual(xxh64(Uint8Array.of(2, 97, 98, 99, 0)));
});

test("moving a character from the bucket to the key gives another token", () => {
  expect(keyToken("ab", Uint8Array.of(99))).not.toEqual(keyToken("a", Uint8Array.of(98, 99)));
});
