import type { NodeId } from "@coterie/core";
import { MerkleExchange } from "@coterie/merkle-tree";
import type { RecoveryPorts, SourceDemand } from "./ports.ts";
import { repairTree } from "./repair-tree.ts";
import { NOT_READ, runExchange } from "./run-exchange.ts";

/** What became of one attempt to recover a partition. */
export type RecoveryOutcome =
  | { readonly type: "recovered"; readonly fetched: number }
  /** Too few sources could be read whole; `blockers` says who is missing and why. */
  | {
      readonly type: "blocked";
      readonly fetched: number;
      readonly blockers: readonly string[];
    };

/**
 * Fills one recovering partition from the other primaries (design §8). A write that was acknowledged
 * stood at wMin primaries or more; whichever of them was this one, reading N - wMin + 1 of the others
 * meets at least one that has it. Reading fewer could miss it, so the partition stays recovering.
 *
 * Writes made meanwhile need no scan: they reach this replica themselves, or are hinted to it.
 */
export async function recoverPartition(
  ports: RecoveryPorts,
  partition: number,
  isStopped: () => boolean,
): Promise<RecoveryOutcome> {
  const acceptsLoss = ports.acceptsLoss(partition);
  const demands = ports.demands(partition).map((demand) => {
    const { others, required } = demand;
    return acceptsLoss ? { ...demand, required: Math.min(required, others.length) } : demand;
  });
  const whole = new Set<NodeId>();
  const blockers: string[] = [];
  let fetched = 0;
  for (const source of new Set(demands.flatMap(({ others }) => others))) {
    if (isStopped() || areMet(demands, whole)) break;
    const ns = demands.filter(({ others }) => others.includes(source)).map(({ n }) => n);
    const read = await readSource(ports, source, partition, new Set(ns));
    fetched += read.fetched;
    const recovers = read.recovering && !acceptsLoss ? "it is recovering itself" : undefined;
    const blocker = read.blocker ?? recovers;
    if (blocker === undefined) whole.add(source);
    else blockers.push(`${source}: ${blocker}`);
  }
  if (!areMet(demands, whole)) {
    const enough = demands.every(({ others, required }) => others.length >= required);
    if (!enough) blockers.push("there are not enough other replicas to learn from");
    return { type: "blocked", fetched, blockers };
  }
  const refused = await ports.recovered(partition);
  if (refused === undefined) return { type: "recovered", fetched };
  return { type: "blocked", fetched, blockers: [refused] };
}

function areMet(demands: readonly SourceDemand[], whole: ReadonlySet<NodeId>): boolean {
  return demands.every(
    ({ others, required }) => others.filter((node) => whole.has(node)).length >= required,
  );
}

/**
 * Fetches whatever the source has and this replica has not; `blocker` says why that is not all. An exchange of
 * leaves finds it: an empty replica gets the rows page by page, and from the second source on only what the
 * first did not have.
 */
async function readSource(
  { compare }: RecoveryPorts,
  source: NodeId,
  partition: number,
  ns: ReadonlySet<number>,
): Promise<{ fetched: number; recovering: boolean; blocker: string | undefined }> {
  let fetched = 0;
  let recovering = false;
  let blocker: string | undefined;
  for (const n of ns) {
    const of = { partition, n };
    const tree = await compare.tree(of);
    if (tree === undefined) return { fetched, recovering, blocker: NOT_READ };
    const exchange = MerkleExchange.recheck(tree, [{ level: 0, index: 0 }]);
    const found = await runExchange(compare, source, of, exchange);
    if (found.type === "unavailable") return { fetched, recovering, blocker: found.reason };
    recovering ||= found.recovering;
    const { pulled, failure } = await repairTree(compare, source, of, found, true);
    fetched += pulled;
    blocker ??= failure;
  }
  return { fetched, recovering, blocker };
}
