/**
 * What crosses between the event loop and a shard's thread: many small messages in one buffer, which is
 * handed over instead of copied. (A structured clone of the messages would cost more than the shard's work on
 * them, and clones the whole buffer behind each view.) Both ends are of one build, so nothing is checked.
 */
export class FrameWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** `buffer`: to write into first. */
  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** Any number, exactly. */
  number(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  block(bytes: Uint8Array): void {
    this.uint32(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  optionalBlock(bytes: Uint8Array | undefined): void {
    this.uint8(bytes === undefined ? 0 : 1);
    if (bytes !== undefined) this.block(bytes);
  }

  /** ASCII whose length the reader knows. */
  ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = text.charCodeAt(i);
    this.#length += length;
  }

  text(text: string): void {
    this.block(Buffer.from(text));
  }

  /** At most 255 operation ids of 32 digits. */
  operationIds(ids: readonly string[]): void {
    this.uint8(ids.length);
    for (const id of ids) this.ascii(id);
  }

  /** Overwrites a `uint32` written before. */
  patchUint32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** The buffer, to be transferred; what lies behind `length` means nothing. */
  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, needed));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what a `FrameWriter` wrote. Blocks are views of the frame. */
export class FrameReader {
  readonly #buffer: Buffer<ArrayBuffer>;
  #at = 0;

  constructor(frame: ArrayBuffer) {
    this.#buffer = Buffer.from(frame);
  }

  uint8(): number {
    return this.#buffer[this.#at++]!;
  }

  uint32(): number {
    const value = this.#buffer.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  number(): number {
    const value = this.#buffer.readDoubleBE(this.#at);
    this.#at += 8;
    return value;
  }

  block(): Uint8Array {
    const length = this.uint32();
    const block = new Uint8Array(this.#buffer.buffer, this.#at, length);
    this.#at += length;
    return block;
  }

  optionalBlock(): Uint8Array | undefined {
    return this.uint8() === 0 ? undefined : this.block();
  }

  ascii(length: number): string {
    const text = this.#buffer.toString("latin1", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  operationIds(): string[] {
    const ids: string[] = [];
    for (let left = this.uint8(); left > 0; left--) ids.push(this.ascii(32));
    return ids;
  }

  text(): string {
    const length = this.uint32();
    const text = this.#buffer.toString("utf8", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}
