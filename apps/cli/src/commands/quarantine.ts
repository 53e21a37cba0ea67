import { resolve } from "node:path";
import { type QuarantineReport, quarantine } from "@coterie/storage-node";
import type { Command } from "commander";
import { onDataFiles } from "../data-files.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  command
    .argument("<directory>", "the data directory of a node that does not run")
    .option("--json", "print one line of JSON, errors too")
    .action((directory: string, options: { json?: true }) =>
      putAside(terminal, resolve(directory), options.json === true),
    );
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Checks every file. Damaged ones are moved into a folder beside them, never deleted, and start empty: the
node takes writes again, and votes in no read of what it lost until the other replicas brought it back.

Examples:
  ${program} quarantine .coterie/dev/n2`,
  );
}

async function putAside(terminal: Terminal, directory: string, json: boolean): Promise<void> {
  const report = await onDataFiles(() => quarantine(directory));
  if (json) {
    print(terminal, JSON.stringify(report));
    return;
  }
  if (report.movedTo === undefined) print(terminal, `nothing in ${directory} is damaged`);
  else tell(terminal, report, report.movedTo);
}

function tell(terminal: Terminal, { shards }: QuarantineReport, movedTo: string): void {
  print(terminal, `${shards.length} file(s) put aside in ${movedTo}`);
  for (const { reason } of shards) print(terminal, `  ${reason}`);
  if (shards.some(({ metaKept }) => !metaKept)) {
    note(
      terminal,
      "Who the node is was in a damaged file, too: start it with the --id it had, and --join.",
    );
  }
}
