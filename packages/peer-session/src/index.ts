export type { CallResult } from "./call-result.ts";
export { LINK_LIMITS, type LinkLimits, SERVER_LIMITS, type ServerLimits } from "./limits.ts";
export { type LinkState, PeerLink, type PeerLinkOptions } from "./peer-link.ts";
export type {
  AnyCall,
  AnyReply,
  Channel,
  ChannelEvents,
  Dialer,
  InFrame,
  Listener,
  OutFrame,
} from "./ports.ts";
export {
  type CallContext,
  type Greeting,
  type Rejection,
  type Session,
  SessionServer,
  type SessionServerOptions,
} from "./session-server.ts";
