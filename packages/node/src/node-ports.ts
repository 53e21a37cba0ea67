import type { Clock, Random, Timers } from "@coterie/core";
import type { Dialer } from "@coterie/peer-session";
import type { ShardMailbox } from "@coterie/shard-engine";
import type { ExchangeRequest, ExchangeResponse } from "@coterie/wire";
import type { NodeEvent } from "./node-event.ts";

/** Everything a node needs of the world. The app passes sockets and disks, the simulator its own. */
export interface NodePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly dialer: Dialer<ExchangeRequest, ExchangeResponse>;
  /** One for each shard, in order; the node closes them when it stops. */
  readonly shards: readonly ShardMailbox[];
  /** Copies the shards' files into a new directory; a node without one refuses backups. */
  readonly backUp?: (directory: string) => Promise<{
    bytes: number;
    shards: number;
    seconds: number;
  }>;
  /** Observes what the node does: for logs and metrics. Must not throw. */
  readonly onEvent: (event: NodeEvent) => void;
}
