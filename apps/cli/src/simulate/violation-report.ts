import {
  describeFault,
  FAULT_KINDS,
  type SimulationOptions,
  type SimulationReport,
  shorten,
  timelineOf,
} from "@coterie/simulator";
import { colors, print, programName, type Terminal } from "../terminal.ts";

/** Violations that are printed; the rest is counted. */
const VIOLATIONS_SHOWN = 5;
/** Of what nodes reported as faults of their own: where it happened. */
const STACKS_SHOWN = 3;
/** Lines of the timeline that are printed: the last ones. */
const LINES_SHOWN = 150;

export interface Finding {
  readonly seen: SimulationReport;
  /** How to see it again. */
  readonly replay: string;
  readonly smallest: { readonly options: SimulationOptions; readonly report: SimulationReport };
}

/** The command that plays a run again. */
export function replayCommand(terminal: Terminal, options: SimulationOptions): string {
  const { seed, nodes, operations, faults, keep, ringChanges, deletes, ambushes } = options;
  const kinds = faults.length === FAULT_KINDS.length ? "all" : faults.join(",") || "none";
  const kept = keep === undefined ? "" : ` --keep ${keep.join(",") || "none"}`;
  const rings = ringChanges === undefined ? "" : ` --${ringChanges ? "" : "no-"}ring-changes`;
  const deleting = deletes ? " --deletes" : "";
  const aimed = ambushes ? " --ambushes" : "";
  return `${programName(terminal)} simulate --seed ${seed} --nodes ${nodes} --ops ${operations} --faults ${kinds}${kept}${rings}${deleting}${aimed}`;
}

/** What was violated, how to see it again, the smallest run that shows it, and what happened to the key there. */
export function printViolation(terminal: Terminal, { seen, replay, smallest }: Finding): void {
  const { bold, red, dim } = colors(terminal);
  print(terminal, red(bold(`seed ${seen.seed}: ${seen.violations.length} violations`)));
  for (const { checker, key, detail } of seen.violations.slice(0, VIOLATIONS_SHOWN)) {
    print(terminal, `  ${checker}${key === undefined ? "" : ` of ${key}`}: ${shorten(detail)}`);
  }
  print(terminal, `again: ${bold(replay)}`);
  const { options, report } = smallest;
  const first = report.violations[0]!;
  const faults = report.schedule.map((planned) => `  ${describeFault(planned)}`);
  print(terminal, "");
  print(terminal, bold(`smallest: ${options.operations} operations, ${faults.length} faults`));
  for (const line of faults) print(terminal, line);
  print(terminal, `  ${first.checker}: ${shorten(first.detail)}`);
  print(terminal, `again: ${bold(`${replayCommand(terminal, options)} --no-minimise`)}`);
  const stacks = new Set(report.log.flatMap(({ aside }) => aside ?? []));
  for (const stack of [...stacks].slice(0, STACKS_SHOWN)) print(terminal, dim(stack));
  if (first.key === undefined) return;
  const lines = timelineOf(report.log, first.key);
  print(terminal, "");
  print(terminal, bold(`what happened to ${first.key}`));
  const left = lines.length - LINES_SHOWN;
  if (left > 0) print(terminal, dim(`  (${left} earlier lines left out)`));
  for (const line of lines.slice(-LINES_SHOWN)) print(terminal, line);
}
