import { assert, compareBytes, type Token } from "@coterie/core";
import type { Item } from "./exchange-message.ts";
import { sameDigest } from "./sum.ts";

/** A key that the two sides do not hold alike; undefined where a side has nothing of it. */
export interface KeyDifference {
  readonly key: Uint8Array;
  readonly here: Token | undefined;
  readonly there: Token | undefined;
}

/** Joins two lists with ascending keys. */
export function itemDifferences(here: readonly Item[], there: readonly Item[]): KeyDifference[] {
  const differences: KeyDifference[] = [];
  let i = 0;
  let j = 0;
  while (i < here.length || j < there.length) {
    const mine = here[i];
    const theirs = there[j];
    const order =
      mine === undefined ? 1 : theirs === undefined ? -1 : compareBytes(mine.key, theirs.key);
    if (order <= 0) i++;
    if (order >= 0) j++;
    const ours = order <= 0 ? mine : undefined;
    const other = order >= 0 ? theirs : undefined;
    if (ours !== undefined && other !== undefined && sameDigest(ours.hash, other.hash)) continue;
    const key = (ours ?? other)!.key;
    differences.push({ key, here: ours?.hash, there: other?.hash });
  }
  return differences;
}

/** Whether every key stands strictly after the one before it. */
export function ascend(items: readonly Item[]): boolean {
  for (let i = 1; i < items.length; i++) {
    if (compareBytes(items[i - 1]!.key, items[i]!.key) >= 0) return false;
  }
  return true;
}

/** The items with keys above `after` and up to `last`; undefined stands for no bound. */
export function itemsBetween(
  items: readonly Item[],
  after: Uint8Array | undefined,
  last: Uint8Array | undefined,
): readonly Item[] {
  assert(ascend(items), "a scan gives keys in ascending order, each once");
  return items.filter(
    ({ key }) =>
      (after === undefined || compareBytes(key, after) > 0) &&
      (last === undefined || compareBytes(key, last) <= 0),
  );
}
