import { expectTypeOf, test } from "vitest";
import * as z from "zod";
import { union } from "../merge/index.ts";
import type { MergedBucket } from "./merged-bucket.ts";
import type { Read, SettledRead } from "./result.ts";
import type { SiblingBucket } from "./sibling-bucket.ts";
import type { Store } from "./store.ts";

// What is to hold when it is compiled: `npm test` type-checks the tests, and an error that is expected and
// does not come is one. Nothing here runs.
interface Note {
  readonly text: string;
}
declare const store: Store;
declare const notes: SiblingBucket<Note>;
declare const read: Read<Note>;

test("a read that nobody has looked at has no value", () => {
  expectTypeOf<Read<Note>>().not.toHaveProperty("value");
  // @ts-expect-error siblings have no `value`
  void (() => read.value);
});

test("a read has a value where it is known to be one, and siblings where they are", () => {
  type Kind<K> = Extract<Read<Note>, { kind: K }>;
  expectTypeOf<Kind<"value">["value"]>().toEqualTypeOf<Note>();
  expectTypeOf<Kind<"siblings">["siblings"]>().toEqualTypeOf<readonly Note[]>();
  expectTypeOf<Kind<"siblings">>().not.toHaveProperty("value");
  expectTypeOf<Kind<"absent">>().not.toHaveProperty("value");
});

test("a put says what it has seen", () => {
  // @ts-expect-error no basis
  void (() => notes.put("k", { text: "x" }));
  // @ts-expect-error a basis is a read, a write or "unseen"
  void (() => notes.put("k", { text: "x" }, "whatever"));
  void (() => notes.put("k", { text: "x" }, "unseen"));
  void (() => notes.put("k", { text: "x" }, read));
  // @ts-expect-error a delete has seen something
  void (() => notes.delete("k"));
});

test("a value of another type is an error", () => {
  // @ts-expect-error a number is no text
  void (() => notes.put("k", { text: 1 }, "unseen"));
  // @ts-expect-error
  void (() => notes.update("k", () => "text"));
});

test("a bucket with a merge reads as a value or absent, and its puts are short", () => {
  const carts = () => store.bucket("carts", { merge: union<string>() });
  expectTypeOf(carts).returns.toEqualTypeOf<MergedBucket<string[]>>();
  expectTypeOf<MergedBucket<Note>["get"]>().returns.resolves.toEqualTypeOf<SettledRead<Note>>();
  void (() => carts().put("k", ["milk"]));
  // @ts-expect-error items are text
  void (() => carts().put("k", [1]));
});

test("a schema gives the type of the values", () => {
  const Cart = z.object({ items: z.array(z.string()) });
  const plain = () => store.bucket("carts", { schema: Cart });
  expectTypeOf(plain).returns.toEqualTypeOf<SiblingBucket<{ items: string[] }>>();
  const merged = () =>
    store.bucket("carts", { schema: Cart, merge: (a, b) => ({ items: [...a.items, ...b.items] }) });
  expectTypeOf(merged).returns.toEqualTypeOf<MergedBucket<{ items: string[] }>>();
  // @ts-expect-error the schema's values have no `size`
  void (() => store.bucket("carts", { schema: Cart, merge: (a) => a.size }));
});

test("an encoding gives the type of the values", () => {
  const bytes = () => store.bucket("photos", { encoding: "bytes" });
  expectTypeOf(bytes).returns.toEqualTypeOf<SiblingBucket<Uint8Array>>();
  const text = () => store.bucket("words", { encoding: "utf8", merge: "lww" });
  expectTypeOf(text).returns.toEqualTypeOf<MergedBucket<string>>();
});
