import type { RingPlan } from "@coterie/wire";
import { bytesToText, countToText, table } from "../table.ts";
import { colors, note, print, type Terminal } from "../terminal.ts";

export function planToJson({ placements, nodes, bytes }: RingPlan) {
  return {
    placements: placements.map(
      ({ n, moved, minimum, fullest, fullestHolds, fullestCap, copies, unproven }) => ({
        n,
        moved,
        minimum,
        fullest: { node: fullest, holds: fullestHolds, cap: fullestCap },
        copies,
        unproven,
      }),
    ),
    nodes: nodes.map(({ id, gained, lost, bytes: copied }) => ({
      id,
      gained,
      lost,
      bytes: Math.round(copied),
    })),
    bytes: Math.round(bytes),
  };
}

/** What moves where, and how much; then what an operator should know of it. */
export function printPlan(terminal: Terminal, { placements, nodes, bytes }: RingPlan): void {
  const { dim } = colors(terminal);
  const several = placements.length > 1;
  const head = placements.flatMap(({ n }) =>
    several ? [`N=${n} gains`, `N=${n} gives up`] : ["gains", "gives up"],
  );
  const rows = nodes.map(({ id, gained, lost, bytes: copied }) => [
    id,
    ...placements.flatMap((_, i) => [partitions(gained[i]!), partitions(lost[i]!)]),
    copied === 0 ? "" : `about ${bytesToText(Math.round(copied))}`,
  ]);
  print(terminal, table(terminal, ["node", ...head, "copies"], rows));
  for (const { n, moved, minimum, fullest, fullestHolds, fullestCap } of placements) {
    const ratio = minimum === 0 ? "" : ` (${(moved / minimum).toFixed(2)} × the minimum)`;
    const full = `${fullest} will hold ${countToText(fullestHolds)}, at most ${countToText(fullestCap)}`;
    print(terminal, dim(`N=${n}: ${countToText(moved)} replicas move${ratio}; fullest: ${full}`));
  }
  const uneven = several ? ", and over buckets of different N, which may differ more" : "";
  const basis = `an estimate: the rows held now, shared evenly over partitions${uneven}`;
  print(terminal, dim(`about ${bytesToText(Math.round(bytes))} are copied in all (${basis})`));
  for (const { n, copies, unproven } of placements) {
    if (copies < n) {
      note(
        terminal,
        `N=${n}: ${copies} owners are fewer than N; strict requests for more than ${copies} answers will fail.`,
      );
    }
    if (unproven > 0) {
      note(
        terminal,
        `N=${n}: for ${countToText(unproven)} copies too few old owners are left to prove them complete. The change stops there, unless --accept-loss: then a write that only the nodes that are gone acknowledged is lost.`,
      );
    }
  }
}

function partitions(count: number): string {
  return count === 0 ? "" : countToText(count);
}
