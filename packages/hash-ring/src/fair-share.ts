import { assert } from "@coterie/core";
import type { Owner } from "./owner.ts";

/** `numerator / denominator` partitions for each unit of weight; exact, so that all machines agree. */
interface Level {
  readonly numerator: number;
  readonly denominator: number;
}

/** What a placement has to keep to: everything that follows from the owners and N before any walk. */
export interface Bounds {
  /** Replicas of a partition: N, or all owners when there are fewer. */
  readonly copies: number;
  /** How many replicas of a partition may lie in zones that already hold another one of it. */
  readonly zoneRepeats: number;
  /** For each owner the index of its zone. */
  readonly zoneOf: Uint16Array;
  /** For each owner the most partitions it may hold: ⌈1.05 × fair share⌉, at most all. */
  readonly caps: Int32Array;
}

interface Zone {
  readonly members: number[];
  /** The partitions it must hold, and can hold; several replicas of one partition count several times. */
  readonly floor: number;
  readonly ceiling: number;
}

/**
 * Fair shares in proportion to weight, as water fills a vessel: whoever can take no more overflows to
 * the others. An owner can hold each partition once. Of Z zones each must hold every partition when
 * Z ≤ N, and no zone holds one twice when Z ≥ N. So the shares can be dealt out exactly, keeping
 * distinct nodes and distinct zones; by the integrality of flows a placement within ⌈share⌉, and so
 * within the caps, always exists.
 */
export function boundsOf(owners: readonly Owner[], partitions: number, replicas: number): Bounds {
  const copies = Math.min(replicas, owners.length);
  const { zones, zoneOf } = zonesOf(owners, partitions, copies);
  const levels = zoneLevels(zones, owners, partitions, copies * partitions);
  const caps = new Int32Array(owners.length);
  owners.forEach(({ weight }, i) => {
    const { numerator, denominator } = levels[zoneOf[i]!]!;
    // Mirrokni et al. 2018 with ε = 1/20: less is more even, and moves more in a ring change.
    const cap = ceilingOf(21 * numerator * weight, 20 * denominator);
    caps[i] = Math.min(partitions, cap);
  });
  return { copies, zoneRepeats: Math.max(0, copies - zones.length), zoneOf, caps };
}

function zonesOf(
  owners: readonly Owner[],
  partitions: number,
  copies: number,
): { zones: Zone[]; zoneOf: Uint16Array } {
  const membersOf = new Map<string, number[]>();
  owners.forEach(({ zone }, i) => {
    const members = membersOf.get(zone);
    if (members === undefined) membersOf.set(zone, [i]);
    else members.push(i);
  });
  const spare = copies - membersOf.size;
  const zoneOf = new Uint16Array(owners.length);
  const zones = [...membersOf.values()].map((members, zone) => {
    for (const member of members) zoneOf[member] = zone;
    const most = Math.min(members.length, Math.max(0, spare) + 1);
    return { members, floor: spare >= 0 ? partitions : 0, ceiling: most * partitions };
  });
  return { zones, zoneOf };
}

/**
 * For each zone the level to which its owners fill up. Zones that would fall below their floor or rise
 * above their ceiling at the common level are set to it, the others share what is left. When the
 * floors add more than the ceilings take, the final level can only be lower, so the zones at their
 * floors stay there (and the reverse): each round settles at least one zone for good.
 */
function zoneLevels(
  zones: readonly Zone[],
  owners: readonly Owner[],
  partitions: number,
  total: number,
): Level[] {
  const levels = new Array<Level>(zones.length);
  const weights = (members: readonly number[]): number[] => members.map((i) => owners[i]!.weight);
  let open = zones.map((_, zone) => zone);
  let left = total;
  while (open.length > 0) {
    const common = levelOf(
      open.flatMap((zone) => weights(zones[zone]!.members)),
      partitions,
      left,
    );
    const excess = open.map((zone) => {
      const { members, floor, ceiling } = zones[zone]!;
      const held = heldAt(common, weights(members), partitions);
      const bound = Math.min(
        Math.max(held, floor * common.denominator),
        ceiling * common.denominator,
      );
      return bound - held;
    });
    const balance = excess.reduce((sum, each) => sum + each, 0);
    const settled = (i: number): boolean => balance === 0 || excess[i]! * balance > 0;
    open.forEach((zone, i) => {
      if (!settled(i)) return;
      if (excess[i] === 0) {
        levels[zone] = common;
        return;
      }
      const { members, floor, ceiling } = zones[zone]!;
      const held = excess[i]! > 0 ? floor : ceiling;
      levels[zone] = levelOf(weights(members), partitions, held);
      left -= held;
    });
    open = open.filter((_, i) => !settled(i));
  }
  return levels;
}

/** The level at which owners of these weights, of whom none holds more than `each`, hold `total`. */
function levelOf(weights: readonly number[], each: number, total: number): Level {
  let numerator = total;
  let denominator = weights.reduce((sum, weight) => sum + weight, 0);
  for (const weight of [...weights].sort((a, b) => b - a)) {
    if (numerator * weight < each * denominator || denominator === weight) break;
    numerator -= each;
    denominator -= weight;
  }
  assert(numerator >= 0, "the heaviest owners hold more than there is");
  return { numerator, denominator };
}

/** What owners of these weights hold at a level, times the level's denominator. */
function heldAt(level: Level, weights: readonly number[], each: number): number {
  const most = each * level.denominator;
  return weights.reduce((sum, weight) => sum + Math.min(most, level.numerator * weight), 0);
}

/** ⌈numerator / denominator⌉ exactly, for integers up to 2^53. */
function ceilingOf(numerator: number, denominator: number): number {
  const rest = numerator % denominator;
  return (numerator - rest) / denominator + (rest === 0 ? 0 : 1);
}
