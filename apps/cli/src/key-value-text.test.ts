import { create } from "@bufbuild/protobuf";
import { encodeUtf8 } from "@coterie/core";
import { Encoding, SiblingSchema } from "@coterie/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  contextFromText,
  contextToText,
  encodeValue,
  valueToJson,
  valueToText,
} from "./key-value-text.ts";

const shown = (bytes: Uint8Array, asJson = false) =>
  valueToJson(create(SiblingSchema, encodeValue(bytes, asJson)));

test("text is stored as text and shown as a string", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(shown(encodeUtf8(text))).toBe(text);
    }),
    { numRuns: 200 },
  );
});

test("JSON is stored as it is written and shown as what it means", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(shown(encodeUtf8(text), true)).toEqual(JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

test("bytes that are no text are stored as bytes, and come back whole from base64", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (random) => {
      const bytes = Uint8Array.from([0xff, ...random]);
      expect(encodeValue(bytes, false).encoding).toBe(Encoding.BYTES);
      const { base64 } = shown(bytes) as { base64: string };
      expect(Uint8Array.from(Buffer.from(base64, "base64"))).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});

test("with --json-value what is no JSON is refused", () => {
  expect(() => encodeValue(encodeUtf8("{"), true)).toThrow(/not JSON/);
  expect(() => encodeValue(Uint8Array.of(0xff), true)).toThrow(/not UTF-8/);
});

test("what another client called JSON and is none is shown as text", () => {
  const value = create(SiblingSchema, { value: encodeUtf8("{"), encoding: Encoding.JSON });
  expect(valueToJson(value)).toBe("{");
});

test("people see bytes as what they are", () => {
  expect(valueToText(create(SiblingSchema, { value: Uint8Array.of(255, 0) }))).toBe(
    "2 bytes, base64 /wA=",
  );
});

test("a context survives being copied as text, and what cannot be one is refused", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (context) => {
      expect(contextFromText(contextToText(context))).toEqual(Uint8Array.from(context));
    }),
    { numRuns: 200 },
  );
  expect(() => contextFromText("a b")).toThrow(/not a context/);
});
