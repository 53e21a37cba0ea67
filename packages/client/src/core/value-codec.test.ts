import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { ValueCodec } from "./value-codec.ts";

test("any JSON value comes back as it was", async () => {
  const codec = new ValueCodec<unknown>("b", "json");
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      expect(await codec.decode(await codec.encode(value))).toEqual(
        JSON.parse(JSON.stringify(value)),
      );
    }),
    { numRuns: 100 },
  );
});

test("what JSON cannot say is refused before it is sent", async () => {
  const codec = new ValueCodec<unknown>("b", "json");
  const loop: unknown[] = [];
  loop.push(loop);
  for (const value of [undefined, () => 1, 1n, loop]) {
    await expect(codec.encode(value)).rejects.toMatchObject({ code: "INVALID" });
  }
});

test("a text bucket takes text alone, a bytes bucket bytes alone", async () => {
  const text = new ValueCodec<unknown>("b", "utf8");
  await expect(text.encode(1)).rejects.toMatchObject({ code: "INVALID" });
  const bytes = new ValueCodec<unknown>("b", "bytes");
  await expect(bytes.encode("x")).rejects.toMatchObject({ code: "INVALID" });
});

test("damaged text is unreadable, and says how to see it", async () => {
  const codec = new ValueCodec<unknown>("b", "json");
  const damaged = codec.decode({ bytes: Uint8Array.of(0xff), encoding: "utf8" });
  await expect(damaged).rejects.toMatchObject({ code: "UNREADABLE" });
  const cut = codec.decode({ bytes: Uint8Array.of(0x7b), encoding: "json" });
  await expect(cut).rejects.toThrow("open it with");
});

test("a schema of zod fills in its defaults and names what it refuses", async () => {
  const Cart = z.object({ items: z.array(z.string()).default([]) });
  const codec = new ValueCodec<z.infer<typeof Cart>>("carts", "json", Cart);
  const bytes = new TextEncoder().encode("{}");
  expect(await codec.decode({ bytes, encoding: "json" })).toEqual({ items: [] });
  const wrong = codec.encode({ items: [1] } as never);
  await expect(wrong).rejects.toMatchObject({ code: "SCHEMA" });
  await expect(wrong).rejects.toThrow("items.0");
});
