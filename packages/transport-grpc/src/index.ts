export { approximateBytes } from "./approximate-bytes.ts";
export { MESSAGE_BYTES_MAX } from "./channel-options.ts";
export type { Plain } from "./codec.ts";
export { decodeError, ERROR_TRAILER, encodeError } from "./error-status.ts";
export { GrpcDialer, type GrpcDialerOptions } from "./grpc-dialer.ts";
export { type BindResult, GrpcServer, type GrpcServerOptions } from "./grpc-server.ts";
export type {
  ServiceImplementation,
  StreamListener,
  UnaryContext,
  UnaryHandler,
} from "./service-adapter.ts";
export {
  adminClient,
  kvClient,
  type UnaryCallOptions,
  type UnaryClient,
  type UnaryClientOptions,
  type UnaryResult,
  unaryClient,
} from "./unary-client.ts";
