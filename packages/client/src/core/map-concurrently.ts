/** Calls of `getMany`, `putMany` and `entries` under way at once, when the caller does not say. */
export const CONCURRENCY = 64;

/**
 * Maps in order, at most `concurrency` at a time, and takes no item before there is room for it. The first
 * failure ends it: nothing new is begun, what is under way is waited for, then it is thrown.
 */
export async function* mapConcurrently<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  concurrency: number,
  map: (item: In) => Promise<Out>,
): AsyncGenerator<Out, void, undefined> {
  const underWay: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      const mapped = map(item);
      // Until its turn comes, a failure waits here and must not count as unheard.
      mapped.catch(() => {});
      underWay.push(mapped);
      if (underWay.length >= concurrency) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}
