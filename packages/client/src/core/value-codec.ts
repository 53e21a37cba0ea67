import { decodeUtf8, encodeUtf8 } from "@coterie/core";
import { CoterieError } from "./coterie-error.ts";
import type { EncodingName, RawValue } from "./raw-value.ts";
import { describeIssues, type StandardSchema } from "./standard-schema.ts";

/** Between a bucket's values and the bytes of a version; checks both ways against the schema. */
export class ValueCodec<T> {
  readonly #bucket: string;
  readonly #encoding: EncodingName;
  readonly #schema: StandardSchema<unknown, T> | undefined;

  constructor(bucket: string, encoding: EncodingName, schema?: StandardSchema<unknown, T>) {
    this.#bucket = bucket;
    this.#encoding = encoding;
    this.#schema = schema;
  }

  async encode(value: T): Promise<RawValue> {
    const checked = this.#schema === undefined ? value : await this.#check(value, "to be written");
    return this.#encoded(checked);
  }

  #encoded(checked: unknown): RawValue {
    switch (this.#encoding) {
      case "bytes":
        if (checked instanceof Uint8Array) return { bytes: checked, encoding: "bytes" };
        throw this.#invalid("takes a Uint8Array");
      case "utf8":
        if (typeof checked === "string") {
          return { bytes: encodeUtf8(checked), encoding: "utf8" };
        }
        throw this.#invalid("takes a string");
      case "json":
        return { bytes: encodeUtf8(this.#stringify(checked)), encoding: "json" };
    }
  }

  /** What one client wrote as text another reads as text, and a JSON value is what its text says. */
  async decode({ bytes, encoding }: RawValue): Promise<T> {
    const read = this.#read(bytes, encoding);
    return this.#schema === undefined ? (read as T) : this.#check(read, "that was read");
  }

  #read(bytes: Uint8Array, encoding: EncodingName): unknown {
    if (this.#encoding === "bytes") return bytes;
    if (encoding === "bytes") {
      throw this.#unreadable("bytes of no known meaning", `open it with { encoding: "bytes" }`);
    }
    try {
      const text = decodeUtf8(bytes);
      return this.#encoding === "json" && encoding === "json" ? JSON.parse(text) : text;
    } catch (cause) {
      throw this.#unreadable("damaged text", `open it with { encoding: "bytes" } to see it`, cause);
    }
  }

  async #check(value: unknown, which: string): Promise<T> {
    if (this.#schema === undefined) return value as T;
    const result = await this.#schema["~standard"].validate(value);
    if (result.issues === undefined) return result.value;
    throw new CoterieError(
      "SCHEMA",
      `the value ${which} is not what the schema of bucket "${this.#bucket}" asks for: ${describeIssues(result.issues)}`,
      { cause: result.issues },
    );
  }

  #stringify(value: unknown): string {
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (cause) {
      throw this.#invalid(`takes what JSON can say (${(cause as Error).message})`);
    }
    if (text === undefined) {
      throw this.#invalid(`takes what JSON can say, and a ${typeof value} is nothing of the kind`);
    }
    return text;
  }

  #invalid(what: string): CoterieError {
    return new CoterieError("INVALID", `bucket "${this.#bucket}" ${what}`);
  }

  #unreadable(what: string, advice: string, cause?: unknown): CoterieError {
    return new CoterieError(
      "UNREADABLE",
      `bucket "${this.#bucket}" is opened as ${this.#encoding}, and the value is ${what}: ${advice}`,
      { cause },
    );
  }
}
