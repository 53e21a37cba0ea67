import type { Bucket } from "./bucket.ts";

/** The r or w of a request by name: 1, ⌊N/2⌋+1, N. */
export type Level = "one" | "quorum" | "all";

/** How many answers one request asks for. Nothing set: the bucket's default. */
export interface Consistency {
  /** An explicit r or w; it wins over `level`. */
  readonly count?: number | undefined;
  readonly level?: Level | undefined;
  /** Count primaries only, and refuse numbers below the bucket's minimum. */
  readonly strict: boolean;
}

/** The number to meet, or a sentence for whoever asked for one that cannot be. */
export type RequiredCount =
  | { readonly type: "count"; readonly count: number }
  | { readonly type: "invalid"; readonly detail: string };

/** The r of a read or the w of a write in `bucket`. */
export function requiredCount(kind: "r" | "w", asked: Consistency, bucket: Bucket): RequiredCount {
  const count = asked.count ?? countOf(kind, asked.level, bucket);
  if (!Number.isInteger(count) || count < 1) {
    return invalid(`${kind}=${count} is no number of replicas: use 1 to ${bucket.n}`);
  }
  if (count > bucket.n) {
    return invalid(
      `${kind}=${count} can never be met: bucket "${bucket.name}" keeps ${bucket.n} replicas of a key. Use 1 to ${bucket.n}`,
    );
  }
  const least = kind === "r" ? bucket.rMin : bucket.wMin;
  if (asked.strict && count < least) {
    const what = kind === "r" ? "reads" : "writes";
    return invalid(
      `strict ${what} of bucket "${bucket.name}" need ${kind} of at least ${least}, and this one has ${count}: raise ${kind}, or leave strict out`,
    );
  }
  return { type: "count", count };
}

function countOf(kind: "r" | "w", level: Level | undefined, bucket: Bucket): number {
  switch (level) {
    case "one":
      return 1;
    case "quorum":
      return Math.floor(bucket.n / 2) + 1;
    case "all":
      return bucket.n;
    case undefined:
      return kind === "r" ? bucket.r : bucket.w;
  }
}

function invalid(detail: string): RequiredCount {
  return { type: "invalid", detail };
}
