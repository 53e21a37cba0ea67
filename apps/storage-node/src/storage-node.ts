import { createServer } from "node:net";
import { type NodeId, systemClock, systemRandom, systemTimers } from "@coterie/core";
import {
  type Beginning,
  JoinRefused,
  type NodeEvent,
  StartRefused,
  StorageNode,
  type StorageNodeConfig,
  StoreFailure,
} from "@coterie/node";
import { GrpcDialer, type GrpcServer } from "@coterie/transport-grpc";
import { ReplicaService } from "@coterie/wire";
import { parseAddress } from "./config/address.ts";
import type { NodeConfig } from "./config/node-config.ts";
import { openData } from "./open-data.ts";
import { serve } from "./services.ts";
import { StartFailure } from "./start-failure.ts";

/** A longer deadline than this is shortened to it. */
const REQUEST_TIMEOUT_MS_MAX = 60_000;
/** How long calls under way may take to end once the node has drained. */
const DRAIN_MS = 2_000;

export interface StorageNodeOptions {
  /** Observes what the node does. Must not throw. */
  readonly onEvent: (event: NodeEvent) => void;
}

/** A node that listens, and serves once it belongs to a cluster. */
export interface RunningNode {
  readonly id: NodeId;
  /** Where others reach it. */
  readonly address: string;
  readonly dataDirectory: string;
  /** Settles when clients are served, or the node was stopped before; rejects with `StartFailure`. */
  readonly serving: Promise<void>;
  /** Settles, to a sentence, only if the node cannot go on although it served: stop it and end the process. */
  readonly broken: Promise<string>;
  /** Refuses new requests, ends those under way, closes sessions, sockets and files. Idempotent. */
  stop(): Promise<void>;
}

/** Opens the data, listens and begins. Throws `StartFailure`; nothing is left open or locked then. */
export async function startStorageNode(
  config: NodeConfig,
  { onEvent }: StorageNodeOptions,
): Promise<RunningNode> {
  const listen = await concrete(config.listen);
  const address = config.advertise ?? listen;
  let breakDown!: (reason: string) => void;
  const broken = new Promise<string>((resolve) => {
    breakDown = resolve;
  });
  const data = await openData(config, (shard, error) =>
    breakDown(`the thread of shard ${shard} ended: ${error.message}`),
  );
  let node: StorageNode;
  try {
    node = await StorageNode.open(nodeConfig(config, address), {
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      dialer: new GrpcDialer(ReplicaService.method.exchange),
      shards: data.shards,
      backUp: data.backUp,
      onEvent: (event) => {
        onEvent(event);
        if (event.type === "barred") breakDown(event.reason);
      },
    });
  } catch (error) {
    await data.close();
    throw startFailure(error);
  }
  const server = serve(node, onEvent);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= shutDown(node, server).finally(data.close);
    return stopping;
  };
  const bound = await server.bind(listen);
  if (bound.type === "failed") {
    await stop();
    throw new StartFailure("failed", bound.reason);
  }
  const serving = begin(node, server, config).catch(async (error: unknown) => {
    await stop();
    throw startFailure(error);
  });
  return { id: node.id, address, dataDirectory: config.data, serving, broken, stop };
}

function nodeConfig(config: NodeConfig, address: string): StorageNodeConfig {
  return {
    ...(config.id === undefined ? {} : { id: config.id }),
    address,
    antiEntropy: { intervalMs: 1000 * config["repair-interval-s"] },
    limits: {
      requestTimeoutMs: config["request-timeout-ms"],
      requestTimeoutMsMax: REQUEST_TIMEOUT_MS_MAX,
      valueBytesMax: config["value-bytes-max"],
      requestsMax: config["requests-max"],
    },
    collection: {
      graceMs: config["collect-grace-ms"],
      intervalMs: config["collect-interval-ms"],
    },
  };
}

async function begin(node: StorageNode, server: GrpcServer, config: NodeConfig): Promise<void> {
  await node.begin(beginning(config));
  server.setServing(true);
}

function beginning({ init, join, owners, partitions }: NodeConfig): Beginning | undefined {
  if (init) return { type: "init", owners, partitions };
  return join.length > 0 ? { type: "join", seeds: join } : undefined;
}

async function shutDown(node: StorageNode, server: GrpcServer): Promise<void> {
  server.setServing(false);
  await node.stop();
  await server.drain(DRAIN_MS);
}

/** The address with a port of its own in place of 0: others are told it before the server is there. */
async function concrete(listen: string): Promise<string> {
  const { host, port } = parseAddress(listen)!;
  if (port !== 0) return listen;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) =>
      reject(new StartFailure("failed", `cannot listen on ${listen}: ${error.message}`)),
    );
    probe.listen(0, host, () => {
      const free = (probe.address() as { port: number }).port;
      probe.close(() => resolve(listen.replace(/:0+$/, `:${free}`)));
    });
  });
}

function startFailure(error: unknown): unknown {
  if (error instanceof StartRefused) {
    return new StartFailure("usage", error.message, { cause: error });
  }
  if (error instanceof StoreFailure || error instanceof JoinRefused) {
    return new StartFailure("failed", error.message, { cause: error });
  }
  return error;
}
