import type { NodeId } from "@coterie/core";
import type { KeyDifference } from "@coterie/merkle-tree";
import type { ComparePorts, TreeName } from "./compare-ports.ts";
import type { ExchangeFindings } from "./run-exchange.ts";

/** What a repair moved. */
export interface Repaired {
  /** Rows that came from the peer, and rows that it took from here. */
  readonly pulled: number;
  readonly pushed: number;
  /** Why not all of it could be done, a sentence. */
  readonly failure: string | undefined;
}

/** Rows that are on their way at once. */
const ROWS_AT_ONCE = 16;

/** Makes both sides hold what either has, or (`pullOnly`) this side what the peer has. */
export async function repairTree(
  ports: ComparePorts,
  peer: NodeId,
  of: TreeName,
  { missing, differences }: ExchangeFindings,
  pullOnly = false,
): Promise<Repaired> {
  let pulled = 0;
  let pushed = 0;
  let failure: string | undefined;
  for (const { where, from, to } of missing) {
    if (where === "there" && pullOnly) continue;
    const move = where === "here" ? ports.pullLeaves : ports.pushLeaves;
    const moved = await move(peer, of, from, to);
    if (where === "here") pulled += moved.rows;
    else pushed += moved.rows;
    failure ??= moved.failure;
  }
  const queue = differences.filter(({ there }) => there !== undefined || !pullOnly);
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const row = await ports.repairRow(peer, next.key, directionOf(next, pullOnly));
      if (row.pulled) pulled++;
      if (row.pushed) pushed++;
      failure ??= row.failure;
    }
  };
  await Promise.all(Array.from({ length: ROWS_AT_ONCE }, worker));
  return { pulled, pushed, failure };
}

function directionOf({ here, there }: KeyDifference, pullOnly: boolean): "pull" | "push" | "both" {
  if (here === undefined || pullOnly) return "pull";
  return there === undefined ? "push" : "both";
}
