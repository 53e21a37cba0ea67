export { decodeMessage, encodeMessage } from "./codec.ts";
export { defaultSwimConfig, MESSAGE_BYTES_MIN, plainSwim, type SwimConfig } from "./config.ts";
export type { Effect, MemberChange } from "./effects.ts";
export {
  ADDRESS_CHARACTERS_MAX,
  isLiving,
  METADATA_BYTES_MAX,
  type MemberRecord,
  type MemberState,
  supersedes,
} from "./member-record.ts";
export type { Message, MessageBody, Peer } from "./messages.ts";
export { suspicionTimeoutMs } from "./suspicion.ts";
export { Swim } from "./swim.ts";
export type { SwimOptions } from "./swim-options.ts";
