import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import { quarantineCommand } from "./sqlite-error.ts";

// A directory holds `shard-<i>-of-<n>.sqlite`, what SQLite keeps beside each, `lock` and `lock.pid`. A
// quarantine adds `.new` for a moment, and leaves `quarantine-<time>/`.

const NAME = /^shard-(\d+)-of-(\d+)\.sqlite(\.new)?$/;

/** Where shard `shard` of `shards` keeps its rows. */
export function shardFile(directory: string, shard: number, shards: number): string {
  return join(directory, `shard-${shard}-of-${shards}.sqlite`);
}

/** What is to replace a damaged file, before it has taken its place. */
export function replacementOf(file: string): string {
  return `${file}.new`;
}

/** What SQLite keeps beside a file: the log is part of the data. */
export function sideFiles(file: string): string[] {
  return ["-wal", "-shm", "-journal"].map((end) => file + end).filter((name) => existsSync(name));
}

/**
 * How many shards a directory was made for, by the names in it, whether all are there or not; 0: it has no
 * data yet. Throws `StorageError` when the names contradict one another.
 */
export function shardsOf(directory: string): number {
  const counts = new Set(readdirSync(directory).flatMap((name) => NAME.exec(name)?.[2] ?? []));
  if (counts.size > 1) {
    throw new StorageError(
      "foreign",
      `${directory} holds files of ${[...counts].join(" and of ")} shards: move one set away`,
    );
  }
  return Number([...counts][0] ?? 0);
}

/** The same for a directory that is to be used as it is: throws `StorageError` unless it is complete. */
export function countShards(directory: string): number {
  const shards = shardsOf(directory);
  for (let shard = 0; shard < shards; shard++) {
    const file = shardFile(directory, shard, shards);
    const interrupted = existsSync(replacementOf(file));
    if (existsSync(file) && !interrupted) continue;
    const what = interrupted ? "a quarantine was interrupted" : `${file} is missing`;
    throw new StorageError(
      "corrupt",
      `${directory} is incomplete (${what}): run "${quarantineCommand(directory)}"`,
    );
  }
  return shards;
}
