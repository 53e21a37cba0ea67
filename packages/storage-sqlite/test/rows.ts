import {
  encodeRingRecord,
  type MintCommand,
  type Minted,
  rowKey,
  type ShardMailbox,
  stableRing,
} from "@coterie/shard-engine";
import { decodeVersions } from "@coterie/versions";

export function rowOf(key: string): Uint8Array {
  return rowKey("test", new TextEncoder().encode(key));
}

let operations = Math.floor(Math.random() * 2 ** 40);

/** A put of the text `value` under the text `key`, as `operation` if that matters. */
export function putOf(key: string, value: string, fields: Partial<MintCommand> = {}): MintCommand {
  return {
    type: "mint",
    epoch: 1,
    row: rowOf(key),
    bucket: { n: 1, mode: "siblings" },
    context: new Uint8Array(),
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId: (operations++).toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: new TextEncoder().encode(value),
    ...fields,
  };
}

/** The ring of node `a` alone, on every shard. */
export async function installRing(shards: readonly ShardMailbox[]): Promise<void> {
  const owners = [{ id: "a", weight: 1, zone: "" }];
  const record = encodeRingRecord(stableRing({ epoch: 1, partitions: 16, owners }));
  for (const shard of shards) {
    const { committed } = shard.write({ type: "installRing", self: "a", record });
    const result = await committed;
    if (result.type === "failed") throw new Error(result.detail);
  }
}

/** A put that must be durable. */
export async function put(
  shard: ShardMailbox,
  ...command: Parameters<typeof putOf>
): Promise<Minted> {
  const { staged, committed } = shard.write(putOf(...command));
  const minted = await staged;
  if (minted.type !== "minted") throw new Error(JSON.stringify(minted));
  const result = await committed;
  if (result.type === "failed") throw new Error(result.detail);
  return minted;
}

export interface Seen {
  readonly values: readonly string[];
  readonly recovering: boolean;
}

export async function read(shard: ShardMailbox, key: string): Promise<Seen> {
  const bucket = { n: 1, mode: "siblings" } as const;
  const result = await shard.read({ epoch: 1, row: rowOf(key), bucket, want: "versions" });
  if (result.type === "refused") throw new Error(result.detail);
  const siblings = result.versions === undefined ? [] : decodeVersions(result.versions).siblings;
  const values = siblings.map(({ value }) => new TextDecoder().decode(value)).sort();
  return { values, recovering: result.recovering };
}
