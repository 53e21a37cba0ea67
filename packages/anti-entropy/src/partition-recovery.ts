import type { NodeId } from "@coterie/core";
import { decodeCausality, subsumes } from "@coterie/versions";
import type { DescribedRow, RecoveryPorts, SourceDemand } from "./ports.ts";

/** What became of one attempt to recover a partition. */
export type RecoveryOutcome =
  | { readonly type: "recovered"; readonly fetched: number }
  /** Too few sources could be read whole; `blockers` says who is missing and why. */
  | {
      readonly type: "blocked";
      readonly fetched: number;
      readonly blockers: readonly string[];
    };

/** Rows that are fetched at once from one source. */
const FETCHES = 16;

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
  const demands = ports.demands(partition);
  const whole = new Set<NodeId>();
  const blockers: string[] = [];
  let fetched = 0;
  for (const source of new Set(demands.flatMap(({ others }) => others))) {
    if (isStopped() || areMet(demands, whole)) break;
    const read = await readSource(ports, source, partition, isStopped);
    fetched += read.fetched;
    if (read.blocker === undefined) whole.add(source);
    else blockers.push(`${source}: ${read.blocker}`);
  }
  if (!areMet(demands, whole)) {
    const enough = demands.every(({ others, required }) => others.length >= required);
    if (!enough) blockers.push("there are not enough other replicas to learn from");
    return { type: "blocked", fetched, blockers };
  }
  if (await ports.recovered(partition)) return { type: "recovered", fetched };
  return { type: "blocked", fetched, blockers: ["this node's disk did not take the end of it"] };
}

function areMet(demands: readonly SourceDemand[], whole: ReadonlySet<NodeId>): boolean {
  return demands.every(
    ({ others, required }) => others.filter((node) => whole.has(node)).length >= required,
  );
}

/** Reads one source to its end; `blocker` says why that does not count. */
async function readSource(
  ports: RecoveryPorts,
  source: NodeId,
  partition: number,
  isStopped: () => boolean,
): Promise<{ fetched: number; blocker: string | undefined }> {
  let fetched = 0;
  let blocker: string | undefined;
  let from: Uint8Array | undefined;
  do {
    if (isStopped()) return { fetched, blocker: "this node is stopping" };
    const page = await ports.page(source, partition, from);
    if (page.type === "unavailable") return { fetched, blocker: page.reason };
    if (page.recovering) blocker = "it is recovering itself";
    const lacking = await rowsLacking(ports, page.rows);
    const took = await fetchAll(ports, source, lacking);
    fetched += took;
    if (took < lacking.length) blocker = `${lacking.length - took} rows could not be fetched`;
    from = page.next;
  } while (from !== undefined);
  return { fetched, blocker };
}

async function rowsLacking(
  ports: RecoveryPorts,
  rows: readonly DescribedRow[],
): Promise<DescribedRow[]> {
  const ours = await Promise.all(rows.map(({ row }) => ports.causality(row)));
  return rows.filter(({ causality }, i) => {
    const our = ours[i];
    return our === undefined || !subsumes(decodeCausality(our), decodeCausality(causality));
  });
}

/** How many of the rows are here now. */
async function fetchAll(
  ports: RecoveryPorts,
  source: NodeId,
  rows: readonly DescribedRow[],
): Promise<number> {
  const queue = [...rows];
  let took = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (await ports.fetch(source, next.row)) took++;
    }
  };
  await Promise.all(Array.from({ length: FETCHES }, worker));
  return took;
}
