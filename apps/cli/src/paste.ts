import { type ClusterOptions, DEFAULT_CLUSTER } from "./cluster-options.ts";
import { programName, type Terminal } from "./terminal.ts";

/** A command line to paste into a POSIX shell, against the same cluster. */
export function paste(
  terminal: Terminal,
  words: readonly string[],
  options?: ClusterOptions,
): string {
  const elsewhere =
    options === undefined ||
    options.cluster === DEFAULT_CLUSTER ||
    options.cluster === terminal.env["COTERIE_CLUSTER"]
      ? []
      : ["--cluster", options.cluster];
  return [programName(terminal), ...[...words, ...elsewhere].map(quote)].join(" ");
}

function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
