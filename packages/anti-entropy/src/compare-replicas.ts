import type { NodeId, Timers, Token } from "@coterie/core";
import { MerkleExchange, type Suspect } from "@coterie/merkle-tree";
import type { ComparePorts, TreeName } from "./compare-ports.ts";
import { repairTree } from "./repair-tree.ts";
import { NOT_READ, runExchange } from "./run-exchange.ts";

/** One tree and with whom it is to be compared. */
export interface Comparison extends TreeName {
  readonly peer: NodeId;
}

/** What became of one comparison. */
export interface Compared {
  readonly comparison: Comparison;
  /** The replicas held the same, or do now; else why not, a sentence. */
  readonly failure: string | undefined;
  /** They differed for longer than a write is on its way. */
  readonly differed: boolean;
  readonly pulled: number;
  readonly pushed: number;
}

export interface CompareOptions {
  /** Milliseconds between a comparison and the recheck of what differed: longer than writes take to reach all replicas. */
  readonly settleMs: number;
  readonly isStopped: () => boolean;
  readonly onCompared: (compared: Compared) => void;
}

/**
 * Compares trees with other replicas, waits once for writes that were on their way, rechecks what differed,
 * and repairs in both directions what differs still (design §8). Peers are taken one after the other, so
 * that what one has brought is not fetched from the next.
 */
export async function compareReplicas(
  ports: ComparePorts,
  comparisons: readonly Comparison[],
  { settleMs, isStopped, onCompared }: CompareOptions,
): Promise<void> {
  const suspected: { comparison: Comparison; suspects: readonly Suspect[] }[] = [];
  const fail = (comparison: Comparison, failure: string): void =>
    onCompared({ comparison, failure, differed: false, pulled: 0, pushed: 0 });
  const agree = (comparison: Comparison): void =>
    onCompared({ comparison, failure: undefined, differed: false, pulled: 0, pushed: 0 });

  for (const [peer, trees] of byPeer(comparisons)) {
    if (isStopped()) return;
    const differing = await compareRoots(ports, peer, trees, fail, agree);
    for (const comparison of differing) {
      if (isStopped()) return;
      const tree = await ports.tree(comparison);
      if (tree === undefined) {
        fail(comparison, NOT_READ);
        continue;
      }
      const found = await runExchange(ports, peer, comparison, MerkleExchange.compare(tree));
      if (found.type === "unavailable") fail(comparison, found.reason);
      else if (found.suspects.length === 0) agree(comparison);
      else suspected.push({ comparison, suspects: found.suspects });
    }
  }
  if (suspected.length === 0) return;
  await rest(ports.timers, settleMs);
  for (const { comparison, suspects } of suspected) {
    if (isStopped()) return;
    const begunMs = ports.clock.monotonicMs();
    onCompared(await recheck(ports, comparison, suspects));
    // At most half of the time goes into repair: the rest is the clients'.
    await rest(ports.timers, ports.clock.monotonicMs() - begunMs);
  }
}

async function compareRoots(
  ports: ComparePorts,
  peer: NodeId,
  trees: readonly Comparison[],
  fail: (comparison: Comparison, failure: string) => void,
  agree: (comparison: Comparison) => void,
): Promise<readonly Comparison[]> {
  const roots = await ports.roots(trees);
  const read: Comparison[] = [];
  const known: Token[] = [];
  for (const [at, comparison] of trees.entries()) {
    const root = roots[at];
    if (root === undefined) fail(comparison, NOT_READ);
    else {
      read.push(comparison);
      known.push(root);
    }
  }
  if (read.length === 0) return [];
  const answer = await ports.askRoots(peer, read, known);
  if (answer.type === "unavailable") {
    for (const comparison of read) fail(comparison, answer.reason);
    return [];
  }
  const differing = new Set(answer.indices);
  for (const [at, comparison] of read.entries()) if (!differing.has(at)) agree(comparison);
  return read.filter((_, at) => differing.has(at));
}

async function recheck(
  ports: ComparePorts,
  comparison: Comparison,
  suspects: readonly Suspect[],
): Promise<Compared> {
  const failed = (failure: string): Compared => ({
    comparison,
    failure,
    differed: true,
    pulled: 0,
    pushed: 0,
  });
  const { peer } = comparison;
  const tree = await ports.tree(comparison);
  if (tree === undefined) return failed(NOT_READ);
  const exchange = MerkleExchange.recheck(tree, suspects);
  const found = await runExchange(ports, peer, comparison, exchange);
  if (found.type === "unavailable") return failed(found.reason);
  const differed = found.missing.length + found.differences.length > 0;
  return { comparison, differed, ...(await repairTree(ports, peer, comparison, found)) };
}

function byPeer(comparisons: readonly Comparison[]): Map<NodeId, Comparison[]> {
  const groups = new Map<NodeId, Comparison[]>();
  for (const comparison of comparisons) {
    const group = groups.get(comparison.peer);
    if (group === undefined) groups.set(comparison.peer, [comparison]);
    else group.push(comparison);
  }
  return groups;
}

function rest(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(Math.max(0, ms), resolve);
  });
}
