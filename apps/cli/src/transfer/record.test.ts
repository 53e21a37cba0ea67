import type { RawEntry, RawSibling } from "@coterie/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exportLine, parseLine } from "./record.ts";

const encode = (text: string) => new Uint8Array(Buffer.from(text));
const receipt = {} as RawEntry["receipt"];

const sibling: fc.Arbitrary<RawSibling> = fc
  .oneof(
    fc.string().map((text) => ({ bytes: encode(text), encoding: "utf8" as const })),
    fc
      .jsonValue()
      .map((value) => ({ bytes: encode(JSON.stringify(value)), encoding: "json" as const })),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ bytes, encoding: "bytes" as const })),
  )
  .chain((value) =>
    fc.option(fc.nat(2 ** 40), { nil: undefined }).map((expiresAtMs) => ({
      ...value,
      expiresAtMs: expiresAtMs === 0 ? undefined : expiresAtMs,
      writtenAtMs: 1,
    })),
  );

test("what an export writes an import takes back, bytes for bytes but for the spelling of JSON", () => {
  const keys = fc.uint8Array({ minLength: 1, maxLength: 8 });
  const siblings = fc.array(sibling, { minLength: 1, maxLength: 3 });
  const property = fc.property(keys, siblings, fc.uint8Array(), (keyBytes, values, context) => {
    const key = new TextDecoder().decode(keyBytes);
    const line = exportLine("b", { key, keyBytes, siblings: values, context, receipt });
    const record = parseLine(line, "b", undefined);
    if (typeof record === "string") expect.fail(record);
    const bytes = typeof record.key === "string" ? encode(record.key) : record.key;
    expect([...bytes]).toEqual([...keyBytes]);
    expect([...record.context]).toEqual([...context]);
    expect(record.values.map(shape)).toEqual(values.map(shape));
  });
  fc.assert(property, { numRuns: 300 });
});

function shape({ bytes, encoding, expiresAtMs }: Omit<RawSibling, "writtenAtMs">): unknown {
  const value = encoding === "json" ? JSON.parse(Buffer.from(bytes).toString()) : [...bytes];
  return { value, encoding, expiresAtMs };
}

test("a number with more digits than a double keeps comes back with all of them", () => {
  const bytes = encode('{"n":12345678901234567890}');
  const siblings = [{ bytes, encoding: "json" as const, writtenAtMs: 1, expiresAtMs: undefined }];
  const entry = { key: "k", keyBytes: encode("k"), siblings, context: new Uint8Array(0), receipt };
  const record = parseLine(exportLine("b", entry), "b", undefined);
  expect(typeof record === "object" && [...record.values[0]!.bytes]).toEqual([...bytes]);
});

test("in another bucket than the exported one the context means nothing", () => {
  const siblings = [
    { bytes: encode("x"), encoding: "utf8" as const, writtenAtMs: 1, expiresAtMs: undefined },
  ];
  const entry = {
    key: "k",
    keyBytes: encode("k"),
    siblings,
    context: Uint8Array.of(1, 2),
    receipt,
  };
  const record = parseLine(exportLine("b", entry), "other", undefined);
  expect(record).toMatchObject({ context: new Uint8Array(0) });
});

test("with a key field the whole object is the value, as it stands", () => {
  const text = '{ "id": 7, "name": "Ada" }';
  const record = parseLine(text, "b", "id");
  expect(record).toMatchObject({ key: "7", values: [{ encoding: "json", bytes: encode(text) }] });
});

test.each([
  ["nonsense", "id", "it is not JSON"],
  ["[1]", "id", "it is no JSON object"],
  ["null", "id", "it is no JSON object"],
  ["{}", "id", 'its field "id" is missing'],
  ['{"id":{}}', "id", "neither text nor a number"],
  ['{"id":""}', "id", "is empty"],
  ["{}", "toString", "is missing"],
  ["{}", undefined, 'it has no "values"'],
  ['{"values":[1]}', undefined, 'it has no "key"'],
  ['{"values":[1],"key":"k"}', undefined, 'it has no "context"'],
  ['{"values":[1],"encodings":["utf8"],"key":"k","context":""}', undefined, "value 1 is not"],
  ['{"values":[1],"encodings":["rot13"],"key":"k","context":""}', undefined, "value 1 is not"],
])("%s by %s is refused with a sentence", (text, field, sentence) => {
  expect(parseLine(text, "b", field)).toContain(sentence);
});
