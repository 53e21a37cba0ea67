import type { ChannelOptions } from "@grpc/grpc-js";

/**
 * The largest message that either end takes, 8 MiB. Larger ones are refused with RESOURCE_EXHAUSTED before
 * they are held in memory. Sessions stay below it by themselves (`callBytesMax`, `frameBytesMax`).
 * Raise it only together on all nodes and clients.
 */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

const common: ChannelOptions = {
  "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
  "grpc-node.flow_control_window": 1024 * 1024,
};

/** For every client. */
export const clientOptions: ChannelOptions = {
  ...common,
  // Nobody reads channelz here. A server needs it: `forceShutdown` cuts only the connections in its books.
  "grpc.enable_channelz": 0,
  // A proxy from the environment has no business between a cluster and its clients.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  // A connection that no longer answers is closed after 30 s; sessions notice sooner by their heartbeats.
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** For a client that carries one session. */
export const sessionOptions: ChannelOptions = {
  ...clientOptions,
  // grpc-js shares connections between clients of one address: a fresh dial would get the stuck one back.
  "grpc.use_local_subchannel_pool": 1,
  // What fits into the buffer for retries counts as written at once, retries or not: up to 1 MiB for a peer
  // that does not read. Without the buffer `written` means written.
  "grpc.per_rpc_retry_buffer_size": 0,
  // Whoever dialled decides whether to dial again.
  "grpc.enable_retries": 0,
};

export const serverOptions: ChannelOptions = {
  ...common,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // Also what ends a connection that never says a word.
  "grpc.max_connection_idle_ms": 300_000,
  "grpc.max_concurrent_streams": 1024,
};
