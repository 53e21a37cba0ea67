import { type LoggedEvent, lineOf } from "./event-log.ts";

/** Operation ids are 32 hexadecimal digits; so many tell them apart for people. */
const ID_SHOWN = 6;

/**
 * What happened to a key, on each node and for each client, and to the machines and the network
 * meanwhile; one line each. Operation ids are cut to their first digits.
 */
export function timelineOf(log: readonly LoggedEvent[], key: string): string[] {
  const about = log.filter((event) => event.key === key);
  const fromMs = about[0]?.atMs ?? 0;
  const untilMs = about.at(-1)?.atMs ?? 0;
  return log
    .filter((event) => event.key === key || isHarm(event, fromMs, untilMs))
    .map((event) => shorten(lineOf({ ...event, key: undefined })));
}

/** Cuts operation ids in a text. */
export function shorten(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{32}\b/g, (id) => `#${id.slice(0, ID_SHOWN)}`);
}

/** What is about no key: crashes, cuts, disks; what nodes say of themselves is left out. */
function isHarm({ atMs, key, what }: LoggedEvent, fromMs: number, untilMs: number): boolean {
  return key === undefined && atMs >= fromMs && atMs <= untilMs && !what.startsWith("{");
}
