import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, readLines } from "./read-lines.ts";

const START = { offset: 0, number: 1 };

async function linesOf(chunks: readonly Uint8Array[], start = START): Promise<Line[]> {
  async function* source() {
    yield* chunks;
  }
  const lines: Line[] = [];
  for await (const line of readLines(source(), start)) lines.push(line);
  return lines;
}

test("lines are the same however the bytes are cut into chunks, and their offsets are where the next begins", async () => {
  const text = fc.array(fc.constantFrom("a", "ü", "\n", "\r\n", "{}"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40), { maxLength: 5 }), async (parts, cuts) => {
      const bytes = Buffer.from(parts.join(""));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
      at.sort((a, b) => a - b);
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      const lines = await linesOf(chunks);
      expect(lines).toEqual(await linesOf([bytes]));
      expect(lines.map(({ text }) => text).join("\n")).toBe(
        bytes.toString().replaceAll("\r\n", "\n").replace(/\n$/, ""),
      );
      if (lines.length > 0) expect(lines.at(-1)!.nextOffset).toBe(bytes.length);
    }),
    { numRuns: 200 },
  );
});

test("reading goes on in the middle with the numbers and offsets of the whole", async () => {
  const [first, ...rest] = await linesOf([Buffer.from("one\ntwo\nthree")]);
  const start = { offset: first!.nextOffset, number: 2 };
  expect(await linesOf([Buffer.from("two\nthree")], start)).toEqual(rest);
});

test("a line that is not UTF-8 is a fault of its own, and the next is read", async () => {
  const lines = await linesOf([Uint8Array.of(0xff, 10, 0x61)]);
  expect(lines).toEqual([
    { number: 1, nextOffset: 2, text: undefined, fault: "it is not UTF-8" },
    { number: 2, nextOffset: 3, text: "a" },
  ]);
});

test("a line longer than any value is a fault, held in memory no longer than it must", async () => {
  const chunk = new Uint8Array(1 << 20).fill(0x61);
  const lines = await linesOf([
    ...Array.from({ length: 17 }, () => chunk),
    Uint8Array.of(10, 0x62),
  ]);
  expect(lines[0]).toMatchObject({ number: 1, text: undefined });
  expect(lines[1]).toMatchObject({ number: 2, text: "b" });
});
