import { below, SeededRandom } from "@coterie/core";
import {
  encodeRingRecord,
  type MintCommand,
  rowKey,
  type ShardMailbox,
  stableRing,
} from "@coterie/shard-engine";

export const ROWS = 100_000;
export const VALUE_BYTES = 100;
const random = new SeededRandom(1);

export const rows = Array.from({ length: ROWS }, (_, i) =>
  rowKey("bench", new TextEncoder().encode(`user:${i}`)),
);

export function anyRow(): number {
  return below(random, ROWS);
}

const NO_CONTEXT = new Uint8Array();
const contexts = new Array<Uint8Array>(ROWS).fill(NO_CONTEXT);
const value = new Uint8Array(VALUE_BYTES);
let operations = 0;

/** A put of a row over the one before it. */
function putOf(row: number): MintCommand {
  operations++;
  return {
    type: "mint",
    epoch: 1,
    row: rows[row]!,
    bucket: { n: 1, mode: "siblings" },
    context: contexts[row]!,
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId: operations.toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "bytes",
    expiresAtMs: undefined,
    value,
  };
}

export async function put(shard: ShardMailbox, row: number): Promise<void> {
  const { staged, committed } = shard.write(putOf(row));
  const minted = await staged;
  if (minted.type !== "minted") throw new Error(JSON.stringify(minted));
  contexts[row] = minted.context;
  const result = await committed;
  if (result.type !== "committed") throw new Error(JSON.stringify(result));
}

/** A ring of one owner, and every row once. */
export async function fill(shard: ShardMailbox): Promise<void> {
  const owners = [{ id: "a", weight: 1, zone: "" }];
  const record = encodeRingRecord(stableRing({ epoch: 1, partitions: 1024, owners }));
  await shard.write({ type: "installRing", self: "a", record }).committed;
  for (let i = 0; i < ROWS; i += 2000) {
    await Promise.all(Array.from({ length: 2000 }, (_, j) => put(shard, i + j)));
  }
}

export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
