import type { Campaign } from "@coterie/simulator";
import { countToText, durationToText, table } from "../table.ts";
import { colors, print, type Terminal } from "../terminal.ts";

export interface Speed {
  readonly operations: number;
  /** Of all threads of this process, so that what is divided by them is the rate of one core. */
  readonly cpuSeconds: number;
}

/** What many runs did, met and reached; and what none of them reached. */
export function printCampaign(
  terminal: Terminal,
  firstSeed: number,
  campaign: Campaign,
  { operations, cpuSeconds }: Speed,
): void {
  const { bold, dim } = colors(terminal);
  const { runs, events, virtualSeconds, calls, faults, reached } = campaign;
  const seeds = runs === 1 ? `seed ${firstSeed}` : `seeds ${firstSeed} to ${firstSeed + runs - 1}`;
  const speed = [
    `${countToText(Math.round(operations / cpuSeconds))} operations/s`,
    `${countToText(Math.round(events / cpuSeconds))} events/s per core`,
  ].join(", ");
  print(
    terminal,
    `${bold(seeds)}: ${durationToText(virtualSeconds * 1_000)} of cluster life, ${speed}`,
  );
  const outcomes = ["ok", "failed", "inDoubt", "invalid"] as const;
  const rows = ["put", "delete", "get"].map((kind) => [
    kind,
    ...outcomes.map((outcome) => countToText(calls[`${kind} ${outcome}`] ?? 0)),
  ]);
  print(terminal, table(terminal, ["calls", "ok", "failed", "in doubt", "invalid"], rows));
  print(terminal, `${bold("faults")} ${listed(faults)}`);
  print(terminal, `${bold("states")} ${listed(reached)}`);
  const never = [...faults, ...reached].filter(([, count]) => count === 0).map(([name]) => name);
  if (never.length > 0) print(terminal, dim(`never reached: ${never.join(", ")}`));
}

function listed(counts: readonly (readonly [string, number])[]): string {
  return counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${countToText(count)}`)
    .join(", ");
}
