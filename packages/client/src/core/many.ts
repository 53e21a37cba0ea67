import type { CallOptions } from "./call-options.ts";
import { CoterieError } from "./coterie-error.ts";
import { type Key, showKey } from "./key.ts";
import { CONCURRENCY, mapConcurrently } from "./map-concurrently.ts";
import type { Written } from "./result.ts";

export interface ManyOptions {
  /** Calls under way at once. Default 64. */
  readonly concurrency?: number | undefined;
}

/** A write of `putMany` that failed. */
export interface FailedPut {
  readonly key: Key;
  readonly error: CoterieError;
}

/** Thrown by `putMany` when all writes have ended and some have failed. */
export class ManyError extends CoterieError {
  readonly failures: readonly FailedPut[];

  constructor(failures: readonly FailedPut[], total: number) {
    const { key, error } =
      failures.find((failure) => failure.error.code === "IN_DOUBT") ?? failures[0]!;
    super(
      error.code,
      `${failures.length} of ${total} writes failed; ${showKey(key)}: ${error.message}. All of them are in \`failures\``,
      { cause: error, required: error.required, received: error.received },
    );
    this.failures = failures;
  }
}

/** Reads many keys; the first failure is thrown. */
export async function getMany<K extends Key, R>(
  keys: Iterable<K>,
  { concurrency = CONCURRENCY }: ManyOptions,
  get: (key: K) => Promise<R>,
): Promise<Map<K, R>> {
  const reads = new Map<K, R>();
  const pairs = mapConcurrently(keys, concurrency, async (key) => [key, await get(key)] as const);
  for await (const [key, read] of pairs) reads.set(key, read);
  return reads;
}

/** Writes all of them, whatever becomes of each; then throws if any failed. */
export async function putMany<E extends { readonly key: Key }>(
  entries: Iterable<E> | AsyncIterable<E>,
  { concurrency = CONCURRENCY }: ManyOptions & CallOptions,
  put: (entry: E) => Promise<Written>,
): Promise<Written[]> {
  const writes: Written[] = [];
  const failures: FailedPut[] = [];
  const outcomes = mapConcurrently(entries, concurrency, async (entry) => {
    try {
      return await put(entry);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      return { key: entry.key, error };
    }
  });
  for await (const outcome of outcomes) {
    if ("error" in outcome) failures.push(outcome);
    else writes.push(outcome);
  }
  if (failures.length > 0) throw new ManyError(failures, failures.length + writes.length);
  return writes;
}
