import type { NodeId } from "@coterie/core";
import { compareRings } from "@coterie/hash-ring";
import type { RingView } from "@coterie/shard-engine";
import { goneNodes } from "./gone-nodes.ts";
import type { QuorumRules } from "./report.ts";
import { scanDuties } from "./scan-duties.ts";

/** What a ring change will do, before anything moves. */
export interface ChangePlan {
  /** One for each N that some bucket has, ascending. */
  readonly placements: readonly PlacementPlan[];
  /** Each node that copies something or gives something up, by id. */
  readonly nodes: readonly NodePlan[];
  /** What is copied in all. */
  readonly bytes: number;
}

/** What happens to the placement of one N. */
export interface PlacementPlan {
  readonly n: number;
  /** Replicas of partitions that are copied. */
  readonly moved: number;
  /** The fewest that would have brought everybody to as many as they will have. */
  readonly minimum: number;
  /** The new owner that is closest to its cap, or beyond it: how many partitions it will hold of how many it may. */
  readonly fullest: { readonly node: NodeId; readonly holds: number; readonly cap: number };
  /** Fewer than N owners: strict requests of more than these cannot be met. */
  readonly copies: number;
  /**
   * Copies for which, without the nodes that are gone, too few sources are left to prove them complete: a
   * write that only those acknowledged is lost. The change stops there unless it accepts loss.
   */
  readonly unproven: number;
}

export interface NodePlan {
  readonly id: NodeId;
  /** Partitions that it comes to hold, or ceases to, by N in the order of `placements`. */
  readonly gained: readonly number[];
  readonly lost: readonly number[];
  /** What it copies. */
  readonly bytes: number;
}

/**
 * The plan of the change that `view` shows. `rules`: one for each N. `bytesOf` says how much the rows of one
 * partition in buckets of this N take up, as far as it is known.
 */
export function planChange(
  view: RingView,
  rules: readonly QuorumRules[],
  bytesOf: (n: number, partition: number) => number,
): ChangePlan {
  const moves = rules.map(({ n }) => {
    const next = view.nextRing(n) ?? view.ring(n);
    return { n, next, change: compareRings(view.ring(n), next) };
  });
  const placements = moves.map(({ n, next, change }, i) => ({
    n,
    moved: change.movedReplicas,
    minimum: change.minimumReplicas,
    fullest: next.owners
      .map(({ id }) => ({ node: id, holds: next.partitionsOf(id).length, cap: next.capOf(id) }))
      .reduce((most, each) => (each.holds * most.cap > most.holds * each.cap ? each : most)),
    copies: next.primaries(0).length,
    unproven: unprovenCopies(view, rules[i]!),
  }));
  const ids = new Set(
    moves.flatMap(({ change }) => [...change.gained.keys(), ...change.lost.keys()]),
  );
  const nodes = [...ids].sort().map((id) => ({
    id,
    gained: moves.map(({ change }) => change.gained.get(id)?.length ?? 0),
    lost: moves.map(({ change }) => change.lost.get(id)?.length ?? 0),
    bytes: sum(
      moves.map(({ n, change }) => sum((change.gained.get(id) ?? []).map((p) => bytesOf(n, p)))),
    ),
  }));
  return { placements, nodes, bytes: sum(nodes.map(({ bytes }) => bytes)) };
}

function unprovenCopies(view: RingView, rules: QuorumRules): number {
  const gone = goneNodes(view.record);
  return scanDuties(view, [rules]).filter(
    ({ sources, required }) => sources.filter((id) => !gone.includes(id)).length < required,
  ).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
