import { AssertionError } from "./assert.ts";
import { CUT_BYTES_MAX, cutBytes } from "./cut-bytes.ts";

/** Thrown by a decoder: the bytes are cut short, not canonical, or of another format. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}

/** Appends to a buffer that grows. Integers are big-endian, so that encoded order is numeric order. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 64) {
    this.#bytes = cutBytes(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  uint8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  uint32(value: number): this {
    this.#reserve(4);
    const bytes = this.#bytes;
    bytes[this.#length++] = value >>> 24;
    bytes[this.#length++] = value >>> 16;
    bytes[this.#length++] = value >>> 8;
    bytes[this.#length++] = value;
    return this;
  }

  /** LEB128 of an integer 0 … 2^53 - 1: 1 byte below 128, 8 at most. */
  varint(value: number): this {
    // Not by `assert`, which would spell its message out for every integer written: half of the cost.
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new AssertionError(`${value} is not an unsigned integer`);
    }
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** The bytes alone; the reader must know how many. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** The length as a varint, then the bytes. */
  block(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /** What was written. Writing on does not change it. */
  finish(): Uint8Array {
    // What is written is only ever appended to, so a view will do where it wastes little of an array of its own.
    const wasteful = this.#bytes.length > CUT_BYTES_MAX && 2 * this.#length < this.#bytes.length;
    return wasteful ? this.#bytes.slice(0, this.#length) : this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = cutBytes(Math.max(2 * this.#bytes.length, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Reads what `ByteWriter` wrote; every method throws `CodecError` when the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    this.#need(1);
    return this.#bytes[this.#at++]!;
  }

  uint32(): number {
    this.#need(4);
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at += 4;
    return (
      ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    );
  }

  /** Refuses an encoding longer than need be: one value, one encoding. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw new CodecError("a varint is padded");
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new CodecError("a varint is larger than 2^53 - 1");
  }

  /** Past so many bytes. */
  skip(count: number): void {
    this.#need(count);
    this.#at += count;
  }

  /** A view, not a copy. */
  raw(count: number): Uint8Array {
    this.#need(count);
    const at = this.#at;
    this.#at += count;
    return this.#bytes.subarray(at, this.#at);
  }

  /** A view, not a copy, of a length-prefixed block. */
  block(): Uint8Array {
    return this.raw(this.varint());
  }

  /** Throws unless every byte was read. */
  end(): void {
    if (this.remaining !== 0) throw new CodecError(`${this.remaining} bytes too many`);
  }

  #need(count: number): void {
    if (this.remaining < count) {
      throw new CodecError(`cut short: ${count} bytes wanted, ${this.remaining} left`);
    }
  }
}
