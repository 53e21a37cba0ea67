import type { NodePorts } from "@coterie/node";
import { type ShardMailbox, StorageError } from "@coterie/shard-engine";
import { CommittedRowCache } from "@coterie/shard-engine/local";
import { type OpenShards, openShards } from "@coterie/storage-sqlite";
import type { NodeConfig } from "./config/node-config.ts";
import { StartFailure } from "./start-failure.ts";

export interface OpenData {
  /** Hot rows answer from memory, the rest from the shards' threads. */
  readonly shards: readonly ShardMailbox[];
  readonly backUp: NonNullable<NodePorts["backUp"]>;
  /** Closes all shards and lets another process have the directory. */
  readonly close: () => Promise<void>;
}

/** Opens the data directory and locks it. Throws `StartFailure`. */
export async function openData(
  config: NodeConfig,
  onFailure: (shard: number, error: Error) => void,
): Promise<OpenData> {
  const { mailboxes, backUp, close } = await open(config, onFailure);
  const bytesMax = Math.floor(config["cache-bytes"] / mailboxes.length);
  const shards =
    bytesMax === 0
      ? mailboxes
      : mailboxes.map((mailbox) => new CommittedRowCache(mailbox, { bytesMax }));
  return {
    shards,
    backUp: async (directory) => ({ ...(await backUp(directory)), shards: shards.length }),
    close,
  };
}

async function open(
  config: NodeConfig,
  onFailure: (shard: number, error: Error) => void,
): Promise<OpenShards> {
  const { data, shards, durability } = config;
  try {
    return await openShards({
      directory: data,
      ...(shards === undefined ? {} : { shards }),
      durability,
      valueBytesMax: config["value-bytes-max"],
      onFailure,
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new StartFailure("failed", error.message, { cause: error });
  }
}
