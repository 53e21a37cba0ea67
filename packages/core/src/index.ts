export { AssertionError, assert, assertNever } from "./assert.ts";
export { ByteReader, ByteWriter, CodecError } from "./byte-codec.ts";
export { bytesEqual, compareBytes, fromHex, toHex } from "./bytes.ts";
export type { Clock, Timer, Timers } from "./clock.ts";
export { cutBytes } from "./cut-bytes.ts";
export { isNodeId, type NodeId } from "./node-id.ts";
export {
  below,
  fraction,
  pick,
  type Random,
  randomBytes,
  SeededRandom,
  shuffle,
} from "./random.ts";
export { RecentPeak } from "./recent-peak.ts";
export { systemClock, systemTimers } from "./system-clock.ts";
export { systemRandom } from "./system-random.ts";
export { compareTokens, type Token, xxh64 } from "./token.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
