export {
  compareStamps,
  decodeStamp,
  encodeStamp,
  type HlcStamp,
  laterStamp,
  ZERO_STAMP,
} from "./hlc-stamp.ts";
export { HybridClock, type HybridClockOptions, type Mint } from "./hybrid-clock.ts";
