import type { Token } from "@coterie/core";

/** The most partitions that a hash space can be split into. */
const MAX_PARTITIONS = 65_536;

/** Throws a `RangeError` unless `partitions` is a power of two, 1 … 65,536. */
export function checkPartitions(partitions: number): void {
  const inRange = Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS;
  if (inRange && (partitions & (partitions - 1)) === 0) return;
  throw new RangeError(
    `The number of partitions must be a power of two from 1 to ${MAX_PARTITIONS}, not ${partitions}.`,
  );
}

/**
 * The partition, 0 … `partitions` - 1, that holds `token`: its leading log2(`partitions`) bits, so
 * that token order is partition order and a partition is one contiguous range of tokens.
 * Throws a `RangeError` unless `partitions` is a power of two, 1 … 65,536.
 */
export function partitionOf(token: Token, partitions: number): number {
  checkPartitions(partitions);
  // In two steps, because for one partition a single shift would be by 32, which JavaScript takes as 0.
  return (token.high >>> Math.clz32(partitions)) >>> 1;
}
