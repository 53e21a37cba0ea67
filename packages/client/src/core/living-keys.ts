import { compareBytes, compareTokens, type NodeId, type Token } from "@coterie/core";
import { keyToken } from "@coterie/hash-ring";
import type { ReadOptions } from "./call-options.ts";
import type { ClusterView } from "./cluster-view.ts";
import { CoterieError } from "./coterie-error.ts";
import type { KeyValue } from "./key-value.ts";
import { CONCURRENCY, mapConcurrently } from "./map-concurrently.ts";
import type { RawRead } from "./raw-value.ts";

export interface ScanParts {
  readonly keyValue: KeyValue;
  readonly view: ClusterView;
}

/** A key of a bucket, as text and as it is. */
export interface LivingKey {
  /** Where the key is not valid UTF-8, what is wrong shows as U+FFFD; `keyBytes` is exact. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
}

/** Partitions whose keys are being listed at once, ahead of the reader. */
const PARTITIONS_AHEAD = 16;

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Walks a bucket. The keys of a partition are the union of what R of its primaries list, so that a key with
 * W acknowledged copies is among them; each is then read like any other, with its quorum, its context and
 * its read repair. A key that is written or deleted meanwhile may be there or not; no key comes twice.
 */
export async function* livingKeys(
  { keyValue, view }: ScanParts,
  bucket: string,
  options: ReadOptions & { readonly concurrency?: number | undefined },
): AsyncGenerator<LivingKey & { readonly read: RawRead }, void, undefined> {
  const { concurrency = CONCURRENCY } = options;
  const partitions = Array.from({ length: view.topology.partitions }, (_, partition) => partition);
  const lists = mapConcurrently(partitions, PARTITIONS_AHEAD, (partition) =>
    keysOf({ keyValue, view }, bucket, partition, options),
  );
  const reads = mapConcurrently(flatten(lists), concurrency, async (keyBytes) => ({
    keyBytes,
    read: await keyValue.get(bucket, keyBytes, options),
  }));
  for await (const { keyBytes, read } of reads) {
    if (read.siblings.length > 0) yield { key: lossy.decode(keyBytes), keyBytes, read };
  }
}

async function* flatten<T>(lists: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const list of lists) yield* list;
}

/** All keys that R primaries hold in a partition; a primary that fails is replaced by the next. */
async function keysOf(
  { keyValue, view }: ScanParts,
  bucket: string,
  partition: number,
  options: ReadOptions,
): Promise<Uint8Array[]> {
  const keys = new Map<string, { key: Uint8Array; token: Token }>();
  const required = options.r ?? requiredOf(view, bucket, options);
  const waiting = view.rank(view.topology.primariesOf(bucket, partition));
  const faults: string[] = [];
  let received = 0;
  const ask = async (): Promise<void> => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      const complete = await listOne(keyValue, bucket, partition, node, options, (key) => {
        const token = keyToken(bucket, key);
        keys.set(String.fromCharCode(...key), { key, token });
      });
      if (complete === true) {
        received++;
        return;
      }
      faults.push(`${node}: ${complete}`);
    }
  };
  await Promise.all(Array.from({ length: required }, ask));
  if (received < required) {
    throw new CoterieError(
      "UNAVAILABLE",
      `${received} of ${required} replicas listed the keys of partition ${partition} (${faults.join("; ")}): go on when they are back, or ask with a smaller r`,
      { required, received },
    );
  }
  return [...keys.values()]
    .sort((a, b) => compareTokens(a.token, b.token) || compareBytes(a.key, b.key))
    .map(({ key }) => key);
}

/** True: it listed all it holds, and lacks nothing that it knows of. Else a sentence. */
async function listOne(
  keyValue: KeyValue,
  bucket: string,
  partition: number,
  node: NodeId,
  options: ReadOptions,
  take: (key: Uint8Array) => void,
): Promise<true | string> {
  let from = new Uint8Array(0);
  let complete = true;
  try {
    do {
      const page = await keyValue.listKeys(node, bucket, partition, from, options);
      for (const key of page.keys) take(key);
      complete &&= !page.recovering;
      from = page.next as Uint8Array<ArrayBuffer>;
    } while (from.length > 0);
  } catch (error) {
    if (error instanceof CoterieError && error.retryable) return error.message;
    throw error;
  }
  return complete || "it may lack data, and is recovering";
}

function requiredOf(view: ClusterView, bucket: string, { level }: ReadOptions): number {
  const { n, r } = view.topology.buckets.get(bucket) ?? { n: 3, r: 2 };
  switch (level) {
    case "one":
      return 1;
    case "quorum":
      return Math.floor(n / 2) + 1;
    case "all":
      return n;
    default:
      return r;
  }
}
