import { assert, type ByteReader, type ByteWriter } from "@coterie/core";

/**
 * A moment of hybrid logical time: `wallMs` milliseconds since the Unix epoch (48 bits), and
 * `logical` (0 … 65535) that orders what falls into one millisecond.
 */
export interface HlcStamp {
  readonly wallMs: number;
  readonly logical: number;
}

/** Before every stamp that a clock gives. */
export const ZERO_STAMP: HlcStamp = { wallMs: 0, logical: 0 };

export const MAX_LOGICAL = 0xffff;
const MAX_WALL_MS = 2 ** 48 - 1;

/** Negative, zero or positive as `a` is earlier than, equal to or later than `b`. */
export function compareStamps(a: HlcStamp, b: HlcStamp): number {
  return a.wallMs !== b.wallMs ? a.wallMs - b.wallMs : a.logical - b.logical;
}

/** The later of the two. */
export function laterStamp(a: HlcStamp, b: HlcStamp): HlcStamp {
  return compareStamps(a, b) >= 0 ? a : b;
}

/** Appends 8 bytes that sort as the stamps do: 48 bits of milliseconds, 16 of the logical part. */
export function encodeStamp(writer: ByteWriter, { wallMs, logical }: HlcStamp): void {
  assert(
    Number.isInteger(wallMs) && wallMs >= 0 && wallMs <= MAX_WALL_MS && logical <= MAX_LOGICAL,
    "a stamp is 48 bits of whole milliseconds and 16 logical ones",
  );
  writer.uint32(Math.floor(wallMs / 0x1_0000)).uint32((wallMs % 0x1_0000) * 0x1_0000 + logical);
}

/** Reads what `encodeStamp` wrote; any 8 bytes are a stamp, fewer a `CodecError`. */
export function decodeStamp(reader: ByteReader): HlcStamp {
  const high = reader.uint32();
  const low = reader.uint32();
  return { wallMs: high * 0x1_0000 + (low >>> 16), logical: low & 0xffff };
}
