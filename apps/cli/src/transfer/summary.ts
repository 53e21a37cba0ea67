import { print, type Terminal } from "../terminal.ts";

/** What a transfer came to; its JSON form is documented and stable. */
export interface Summary {
  readonly records: number;
  readonly failed: number;
  readonly seconds: number;
}

export function printSummary(
  terminal: Terminal,
  done: "imported" | "exported",
  summary: Summary,
  json: boolean,
): void {
  print(terminal, json ? JSON.stringify(summary) : sentence(done, summary));
}

function sentence(done: string, { records, failed, seconds }: Summary): string {
  const rate = Math.round(records / Math.max(seconds, 0.001));
  return `${records} records ${done}, ${failed} failed, in ${seconds} s (${rate}/s)`;
}

export function secondsSince(beganMs: number): number {
  return Math.round((performance.now() - beganMs) / 100) / 10;
}
