import type { EncodingName, Key, RawEntry, RawSibling } from "@coterie/client";
import { decodeUtf8, encodeUtf8 } from "@coterie/core";
import { contextToText } from "../key-value-text.ts";

/** What a line asks to be written: one value, or the siblings of an exported key. */
export interface ImportRecord {
  readonly key: Key;
  readonly values: readonly Omit<RawSibling, "writtenAtMs">[];
  /** What the values replace; empty: nothing. */
  readonly context: Uint8Array;
}

/** A line that `export` wrote. */
interface ExportedLine {
  readonly bucket: string;
  readonly key: string | Base64;
  readonly values: readonly unknown[];
  readonly encodings: readonly LineEncoding[];
  readonly expiresAtMs?: readonly (number | null)[];
  readonly context: string;
}

/** `json-text`: JSON as a string, where parsing it would change it. */
type LineEncoding = EncodingName | "json-text";

interface Base64 {
  readonly base64: string;
}

/**
 * A key with all its values as one line. `encodings` says what each value was stored as, for a string may
 * be text or JSON; `expiresAtMs` stands only where something expires.
 */
export function exportLine(bucket: string, { key, keyBytes, siblings, context }: RawEntry): string {
  const expiries = siblings.map(({ expiresAtMs }) => expiresAtMs ?? null);
  const shown = siblings.map(showValue);
  const line: ExportedLine = {
    bucket,
    key: isText(keyBytes) ? key : base64(keyBytes),
    values: shown.map(({ value }) => value),
    encodings: shown.map(({ encoding }) => encoding),
    ...(expiries.some((at) => at !== null) ? { expiresAtMs: expiries } : {}),
    context: contextToText(context),
  };
  return JSON.stringify(line);
}

/**
 * A line as what it asks to be written: with `keyField` any JSON object, stored as it stands under what
 * that field says; without, a line of an export, whose context counts in the bucket it is of. A string is the sentence that says what is wrong.
 */
export function parseLine(
  text: string,
  bucket: string,
  keyField: string | undefined,
): ImportRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `it is not JSON (${(error as Error).message})`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "it is no JSON object";
  }
  return keyField === undefined
    ? parseExported(value as Partial<ExportedLine>, bucket)
    : parseObject(value as Record<string, unknown>, text, keyField);
}

function parseObject(
  value: Record<string, unknown>,
  text: string,
  field: string,
): ImportRecord | string {
  const named = Object.hasOwn(value, field) ? value[field] : undefined;
  if (typeof named !== "string" && typeof named !== "number") {
    return `its field "${field}" is ${named === undefined ? "missing" : "neither text nor a number"}`;
  }
  const key = String(named);
  if (key === "") return `its field "${field}" is empty`;
  const bytes = encodeUtf8(text.trim());
  return {
    key,
    values: [{ bytes, encoding: "json", expiresAtMs: undefined }],
    context: new Uint8Array(0),
  };
}

function parseExported(line: Partial<ExportedLine>, bucket: string): ImportRecord | string {
  const { key, values, encodings, expiresAtMs = [], context } = line;
  const hint = "; name the field that holds each record's key with --key";
  if (!Array.isArray(values) || values.length === 0) return `it has no "values"${hint}`;
  const keyOf = typeof key === "string" ? key : isBase64(key) ? fromBase64(key) : undefined;
  if (keyOf === undefined || keyOf.length === 0) return `it has no "key"${hint}`;
  if (typeof context !== "string") return `it has no "context"${hint}`;
  const siblings: ImportRecord["values"][number][] = [];
  for (const [index, value] of values.entries()) {
    const bytes = bytesOf(value, encodings?.[index] ?? guess(value));
    if (bytes === undefined) return `value ${index + 1} is not what its encoding says`;
    const expiry = expiresAtMs[index] ?? undefined;
    siblings.push({ ...bytes, expiresAtMs: expiry });
  }
  return {
    key: keyOf,
    values: siblings,
    context: new Uint8Array(Buffer.from(line.bucket === bucket ? context : "", "base64url")),
  };
}

function guess(value: unknown): EncodingName {
  if (typeof value === "string") return "utf8";
  return isBase64(value) ? "bytes" : "json";
}

function bytesOf(
  value: unknown,
  encoding: LineEncoding,
): { bytes: Uint8Array; encoding: EncodingName } | undefined {
  switch (encoding) {
    case "json":
      return { bytes: encodeUtf8(JSON.stringify(value)), encoding };
    case "json-text":
      return typeof value === "string" ? { bytes: encodeUtf8(value), encoding: "json" } : undefined;
    case "utf8":
      return typeof value === "string" ? { bytes: encodeUtf8(value), encoding } : undefined;
    case "bytes":
      return isBase64(value) ? { bytes: fromBase64(value), encoding } : undefined;
    default:
      return undefined;
  }
}

/** A number that may have more digits than a double keeps. */
const LONG_NUMBER = /\d[\d.]{15,}/;

/** In a form that `bytesOf` takes back without loss: what is not what its encoding says is bytes. */
function showValue({ bytes, encoding }: RawSibling): { value: unknown; encoding: LineEncoding } {
  if (encoding === "bytes" || !isText(bytes)) return { value: base64(bytes), encoding: "bytes" };
  const text = decodeUtf8(bytes);
  if (encoding === "utf8") return { value: text, encoding };
  try {
    const value: unknown = JSON.parse(text);
    return LONG_NUMBER.test(text) ? { value: text, encoding: "json-text" } : { value, encoding };
  } catch {
    return { value: base64(bytes), encoding: "bytes" };
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    decodeUtf8(bytes);
    return true;
  } catch {
    return false;
  }
}

function base64(bytes: Uint8Array): Base64 {
  return { base64: Buffer.from(bytes).toString("base64") };
}

function isBase64(value: unknown): value is Base64 {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Base64>).base64 === "string"
  );
}

function fromBase64({ base64 }: Base64): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
