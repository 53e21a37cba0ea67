import { decodeUtf8, encodeUtf8 } from "@coterie/core";
import { Encoding, type Sibling } from "@coterie/wire";
import { CliError } from "./cli-error.ts";

/** A value as a put sends it. */
export interface Encoded {
  readonly value: Uint8Array;
  readonly encoding: Encoding;
}

/** Text stays text, bytes that are no UTF-8 stay bytes; with `asJson` they must be one JSON text. Throws `CliError`. */
export function encodeValue(bytes: Uint8Array, asJson: boolean): Encoded {
  const text = textOf(bytes);
  if (asJson) {
    checkJson(text);
    return { value: bytes, encoding: Encoding.JSON };
  }
  return { value: bytes, encoding: text === undefined ? Encoding.BYTES : Encoding.UTF8 };
}

function checkJson(text: string | undefined): void {
  if (text === undefined) throw new CliError("usage", "--json-value: the value is not UTF-8 text");
  try {
    JSON.parse(text);
  } catch (error) {
    throw new CliError("usage", `--json-value: the value is not JSON: ${(error as Error).message}`);
  }
}

/** A value as `--json` shows it: text as a string, JSON as JSON, else `{"base64": …}`. */
export function valueToJson({ value, encoding }: Sibling): unknown {
  const text = encoding === Encoding.BYTES ? undefined : textOf(value);
  if (text === undefined) return { base64: Buffer.from(value).toString("base64") };
  if (encoding !== Encoding.JSON) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** For people: text as it is, bytes as what they are. */
export function valueToText({ value, encoding }: Sibling): string {
  const text = encoding === Encoding.BYTES ? undefined : textOf(value);
  return text ?? `${value.length} bytes, base64 ${Buffer.from(value).toString("base64")}`;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

export function encodeKey(key: string): Uint8Array {
  return encodeUtf8(key);
}

/** A context as people copy it. */
export function contextToText(context: Uint8Array): string {
  return Buffer.from(context).toString("base64url");
}

/** Throws `CliError`. Whether it is of this key is for the node to say. */
export function contextFromText(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) {
    throw new CliError(
      "invalid",
      "--context is not a context: paste one that a put or get printed",
    );
  }
  return new Uint8Array(Buffer.from(text, "base64url"));
}
