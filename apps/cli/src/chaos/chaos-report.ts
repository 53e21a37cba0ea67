import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { shorten, timelineOf } from "@coterie/simulator";
import { countToText, durationToText, table } from "../table.ts";
import { colors, print, type Terminal } from "../terminal.ts";
import { CHAOS_FAULTS } from "./chaos-fault.ts";
import type { ChaosReport } from "./run-chaos.ts";

const VIOLATIONS_SHOWN = 5;
const LINES_SHOWN = 150;

/** What a run did and met, and what it could not do here. */
export function printChaos(terminal: Terminal, report: ChaosReport): void {
  const { bold, dim } = colors(terminal);
  const { seed, calls, faults, skipped, keys, seconds, violations } = report;
  const verdict = violations.length === 0 ? "no violation" : `${violations.length} violations`;
  print(
    terminal,
    `${bold(`seed ${seed}`)}: ${durationToText(seconds * 1_000)}, ${countToText(keys)} keys, ${verdict}`,
  );
  const outcomes = ["ok", "failed", "inDoubt", "invalid"];
  const rows = ["put", "delete", "get"].map((kind) => [
    kind,
    ...outcomes.map((outcome) => countToText(calls[`${kind} ${outcome}`] ?? 0)),
  ]);
  print(terminal, table(terminal, ["calls", "ok", "failed", "in doubt", "invalid"], rows));
  const done = CHAOS_FAULTS.filter((kind) => (faults[kind] ?? 0) > 0);
  const listed = done.map((kind) => `${kind} ${countToText(faults[kind]!)}`).join(", ");
  print(terminal, `${bold("faults")} ${listed || "none"}`);
  for (const why of skipped) print(terminal, dim(`skipped ${why}`));
}

/** What was broken, and what happened to the key and around it. */
export function printChaosViolations(terminal: Terminal, report: ChaosReport): void {
  const { bold, red, dim } = colors(terminal);
  const { violations, log } = report;
  print(terminal, red(bold(`${violations.length} violations`)));
  for (const { checker, key, detail } of violations.slice(0, VIOLATIONS_SHOWN)) {
    print(terminal, `  ${checker}${key === undefined ? "" : ` of ${key}`}: ${shorten(detail)}`);
  }
  const key = violations.find((violation) => violation.key !== undefined)?.key;
  if (key === undefined) return;
  const lines = timelineOf(log, key);
  print(terminal, bold(`what happened to ${key}`));
  const left = lines.length - LINES_SHOWN;
  if (left > 0) print(terminal, dim(`  (${left} earlier lines left out)`));
  for (const line of lines.slice(-LINES_SHOWN)) print(terminal, line);
}

/** The whole story, beside the data: every call, every fault, every violation. Returns the file. */
export function keepStory(directory: string, { log, violations }: ChaosReport): string {
  const file = join(directory, "story.jsonl");
  const lines = [...violations.map((violation) => ({ violation })), ...log];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return file;
}
