export type { CallResult } from "./call-result.ts";
export { Capacity } from "./capacity.ts";
export type { CircuitState } from "./circuit.ts";
export { LINK_LIMITS, type LinkLimits, SERVER_LIMITS, type ServerLimits } from "./limits.ts";
export { PeerLink } from "./peer-link.ts";
export type { LinkState, PeerLinkOptions } from "./peer-link-options.ts";
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
export { SessionServer } from "./session-server.ts";
export type {
  CallContext,
  Greeting,
  Rejection,
  Session,
  SessionServerOptions,
} from "./session-server-options.ts";
