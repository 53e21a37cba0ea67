import type { CollectedRow } from "../src/collection/commands.ts";
import type { Staged, WriteCommand } from "../src/commands.ts";
import type { ShardEngine } from "../src/shard-engine.ts";
import { put, ROW } from "./fixture.ts";

/** Of `ROW` among the 16 of the fixture. */
export const PARTITION = ROW[0]! >> 4;
export const ROUND = "00000000000000aa";
export const BUCKET = { n: 3, mode: "siblings" } as const;

export function write(engine: ShardEngine, command: WriteCommand): Staged {
  const staged = engine.stage(command);
  engine.commit();
  return staged;
}

export function sweep(engine: ShardEngine, swept = 1, round = ROUND, collected = 0): Staged {
  const where = { epoch: 1, partition: PARTITION };
  return write(engine, { type: "sweepPartition", ...where, round, swept, collected });
}

export function candidates(engine: ShardEngine, living?: string[]): readonly CollectedRow[] {
  const where = { epoch: 1, partition: PARTITION, from: undefined, limit: 100 };
  const answer = engine.collection({ type: "candidates", ...where, living });
  engine.commit();
  if (answer.type !== "candidates") throw new Error(JSON.stringify(answer));
  return answer.rows;
}

export function collect(engine: ShardEngine, rows: readonly CollectedRow[], round = ROUND): Staged {
  return write(engine, { type: "collectRows", epoch: 1, partition: PARTITION, round, rows });
}

/** Walks all partitions once, so that rows are counted from then on. */
export function count(engine: ShardEngine): void {
  for (let partition = 0; partition < 16; partition++) engine.scrub(100);
}

/** A put and a delete that has seen it, and the row as it was in between. */
export function deleted(engine: ShardEngine): Uint8Array {
  const first = put(engine, "milk");
  put(engine, "", { tombstone: true, context: first.context });
  return first.versions;
}
