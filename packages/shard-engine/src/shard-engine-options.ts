import type { RowWriterOptions } from "./row-writer.ts";

export interface ShardEngineOptions extends RowWriterOptions {
  /** Which shard this is, 0 … `shards` - 1: it keeps the partitions p with p mod `shards` = `shard`. */
  readonly shard: number;
  /** Fixed for a store. */
  readonly shards: number;
  /** Bytes that hints for other nodes may take; 256 MiB by default. More bridges longer absences. */
  readonly hintBytesMax?: number;
}
