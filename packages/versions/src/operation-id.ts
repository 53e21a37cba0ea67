import { assert, type ByteReader, type ByteWriter } from "@coterie/core";

// Of a small version the operation id is the largest part; spelling it byte by byte through the
// general codec took half of the time of decoding, and more than half of encoding.

export const OPERATION_ID_BYTES = 16;

const CODES = new Uint8Array(16);
for (let digit = 0; digit < 16; digit++) CODES[digit] = digit.toString(16).charCodeAt(0);

const spelling = new Array<number>(32).fill(0);

// One operation is read many times: wherever its row is merged, and from each version that follows it. So
// ids are kept in a fixed table, as actors are, addressed by their (random) low bits; a collision costs a
// spelling, nothing else. An untouched slot is right for the id of all zeros.
const SLOTS = 1024;
const words = new Uint32Array(4 * SLOTS);
const ids = new Array<string>(SLOTS).fill("0".repeat(32));

/** Reads 16 bytes as 32 lower-case hexadecimal digits. */
export function readOperationId(reader: ByteReader): string {
  const a = reader.uint32();
  const b = reader.uint32();
  const c = reader.uint32();
  const d = reader.uint32();
  const slot = d % SLOTS;
  const at = 4 * slot;
  if (words[at] !== a || words[at + 1] !== b || words[at + 2] !== c || words[at + 3] !== d) {
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    ids[slot] = spell(at);
  }
  return ids[slot]!;
}

function spell(from: number): string {
  for (let at = 0; at < 4; at++) {
    const word = words[from + at]!;
    for (let i = 0; i < 8; i++) spelling[8 * at + i] = CODES[(word >>> (28 - 4 * i)) & 15]!;
  }
  return String.fromCharCode.apply(null, spelling);
}

/** Whether the 16 bytes from `at` spell `operationId`, without spelling them. */
export function isOperationAt(bytes: Uint8Array, at: number, operationId: string): boolean {
  for (let i = 0; i < OPERATION_ID_BYTES; i++) {
    const byte = bytes[at + i]!;
    if (operationId.charCodeAt(2 * i) !== CODES[byte >>> 4]) return false;
    if (operationId.charCodeAt(2 * i + 1) !== CODES[byte & 15]) return false;
  }
  return true;
}

/** Appends the 16 bytes that `operationId` spells. */
export function writeOperationId(writer: ByteWriter, operationId: string): void {
  let digits = 0;
  for (let at = 0; at < 32; at += 8) {
    let word = 0;
    for (let i = at; i < at + 8; i++) {
      const code = operationId.charCodeAt(i);
      const digit = code <= 0x39 ? code - 0x30 : code - 0x57;
      word = (word << 4) | digit;
      // Negative or above 15 stays visible in the bits above the fourth.
      digits |= digit;
    }
    writer.uint32(word);
  }
  const spelled = operationId.length === 32 && digits >>> 4 === 0;
  assert(spelled, "an operation id is 32 lower-case hex digits");
}
