import { toHex } from "@coterie/core";
import { ZERO_STAMP } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import { expect, test } from "vitest";
import { decodeContextToken, encodeContextToken } from "./context-token.ts";
import { RepeatedOperations } from "./repeated-operations.ts";

const TOKEN = { high: 1, low: 2 };
const ACTOR = "00000000000000a1";
const operation = (n: number): string => n.toString(16).padStart(32, "0");

/** Has seen the first `counter` writes of one actor. */
function contextOf(counter: number, ...follows: string[]): Uint8Array {
  let context = IntervalClock.EMPTY;
  for (let i = 1; i <= counter; i++) context = context.add({ actor: ACTOR, counter: i });
  return encodeContextToken({ context, stamp: ZERO_STAMP, follows }, TOKEN);
}

function followed(context: Uint8Array): readonly string[] {
  const decoded = decodeContextToken(context, TOKEN);
  return decoded.type === "context" ? decoded.follows : [];
}

test("a context that has seen what was sent more than once follows it, the latest first", () => {
  const repeated = new RepeatedOperations();
  expect(repeated.isEmpty).toBe(true);
  repeated.note("cart", operation(1), contextOf(2));
  repeated.note("cart", operation(2), contextOf(3));
  repeated.note("list", operation(3), contextOf(1));
  const context = repeated.follow("cart", contextOf(4, operation(9)));
  expect(followed(context)).toEqual([operation(2), operation(1), operation(9)]);
  expect(repeated.follow("cart", context), "once is enough").toBe(context);
  expect(repeated.of("cart").map(toHex)).toEqual([operation(2), operation(1)]);
  expect(repeated.of("other")).toEqual([]);
  expect(followed(repeated.follow("other", contextOf(4)))).toEqual([]);
});

test("a context that has not seen it must not follow it: the write would be lost", () => {
  const repeated = new RepeatedOperations();
  repeated.note("cart", operation(1), contextOf(2));
  repeated.note("cart", operation(2), contextOf(3));
  expect(followed(repeated.follow("cart", contextOf(1)))).toEqual([]);
  expect(followed(repeated.follow("cart", contextOf(2)))).toEqual([operation(1)]);
  expect(repeated.follow("cart", Uint8Array.of(7))).toEqual(Uint8Array.of(7));
});

test("what is remembered is bounded: eight operations of a key, and the oldest key goes first", () => {
  const repeated = new RepeatedOperations();
  for (let i = 0; i < 20; i++) repeated.note("cart", operation(i), contextOf(1));
  expect(followed(repeated.follow("cart", contextOf(1)))).toHaveLength(8);
  for (let i = 0; i < 10_000; i++) repeated.note(`key ${i}`, operation(i), contextOf(1));
  expect(followed(repeated.follow("cart", contextOf(1)))).toEqual([]);
  expect(followed(repeated.follow("key 0", contextOf(1)))).toEqual([operation(0)]);
});
