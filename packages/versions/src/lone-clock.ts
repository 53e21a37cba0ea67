import { ByteReader, CodecError } from "@coterie/core";
import { decodeStamp, type HlcStamp } from "@coterie/hybrid-clock";
import type { Dot, IntervalClock } from "@coterie/vector-clock";
import { readCausality } from "./causality.ts";
import { OPERATION_ID_BYTES } from "./operation-id.ts";
import { ENCODINGS, EXPIRES, FOLLOWS, REPEATED, TOMBSTONE } from "./version-codec.ts";

/** A set of one version, without the version's operation and value. */
export interface LoneClock {
  readonly context: IntervalClock;
  readonly dot: Dot;
  readonly stamp: HlcStamp;
  /** Its request said that an earlier attempt may have been carried out. */
  readonly isRepeated: boolean;
  /** Where in the encoding its operation stands, for `isOperationAt`. */
  readonly operationAt: number;
}

/** All flags below say nothing of other operations, but for `REPEATED`. */
const PLAIN_MAX = FOLLOWS - 1;

/**
 * What a shard needs of an encoded set of one version that follows nobody, which most are, to write over it or to take it
 * as it is. Checks all that `decodeVersions` does; undefined for other sets, and for bytes that are none.
 */
export function loneClockOf(encoded: Uint8Array): LoneClock | undefined {
  try {
    const reader = new ByteReader(encoded);
    const { context, dots } = readCausality(reader);
    if (dots.length !== 1) return undefined;
    const flags = reader.uint8();
    if (flags > PLAIN_MAX || ENCODINGS[flags & 3] === undefined) return undefined;
    const stamp = decodeStamp(reader);
    const operationAt = reader.offset;
    reader.skip(OPERATION_ID_BYTES);
    if ((flags & EXPIRES) !== 0) reader.varint();
    if ((flags & TOMBSTONE) === 0) reader.skip(reader.varint());
    reader.end();
    return { context, dot: dots[0]!, stamp, isRepeated: (flags & REPEATED) !== 0, operationAt };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
