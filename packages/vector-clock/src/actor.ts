import { assert, type ByteReader, type ByteWriter, type Random } from "@coterie/core";

/**
 * Whoever mints dots: 16 lower-case hexadecimal digits, 64 random bits, 8 bytes on the wire. Every
 * process start draws a new one, so that no restart, restore or copy can mint a dot a second time.
 */
export type ActorId = string;

const PATTERN = /^[0-9a-f]{16}$/;

export function isActorId(text: string): text is ActorId {
  return PATTERN.test(text);
}

/** A fresh actor. Make it durable before its first dot. */
export function drawActor(random: Random): ActorId {
  return nameOf(random.uint32(), random.uint32());
}

/** Appends the 8 bytes of `actor`, in an order that sorts as the text does. */
export function writeActor(writer: ByteWriter, actor: ActorId): void {
  const high = wordAt(actor, 0);
  const low = wordAt(actor, 8);
  assert(actor.length === 16 && high >= 0 && low >= 0, "an actor is 16 lower-case hex digits");
  writer.uint32(high).uint32(low);
}

// Decoding meets the same few actors again and again, and spelling one out costs more than all the
// rest of a small clock. So names are kept in a fixed table, addressed by their (random) low bits;
// a collision costs a spelling, nothing else. An untouched slot is right for the actor of all zeros.
const SLOTS = 4096;
const highs = new Uint32Array(SLOTS);
const lows = new Uint32Array(SLOTS);
const names = new Array<ActorId>(SLOTS).fill("0".repeat(16));

/** Reads what `writeActor` wrote; any 8 bytes are an actor. */
export function readActor(reader: ByteReader): ActorId {
  const high = reader.uint32();
  const low = reader.uint32();
  const slot = low % SLOTS;
  if (highs[slot] !== high || lows[slot] !== low) {
    highs[slot] = high;
    lows[slot] = low;
    names[slot] = nameOf(high, low);
  }
  return names[slot]!;
}

function nameOf(high: number, low: number): ActorId {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** The 32 bits that the 8 digits from `at` spell; -1 when one of them is no digit. */
function wordAt(actor: ActorId, at: number): number {
  let word = 0;
  let digits = 0;
  for (let i = at; i < at + 8; i++) {
    const code = actor.charCodeAt(i);
    const digit = code <= 0x39 ? code - 0x30 : code - 0x57;
    word = (word << 4) | digit;
    // Negative or above 15 stays visible in the bits above the fourth.
    digits |= digit;
  }
  return digits >>> 4 === 0 ? word >>> 0 : -1;
}
