import { resolve } from "node:path";
import { restore } from "@coterie/storage-node";
import type { Command } from "commander";
import { onDataFiles } from "../data-files.ts";
import { paste } from "../paste.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  command
    .argument("<backup>", "a directory that `coterie backup` made")
    .argument("<directory>", "the node's new data directory; must not exist yet")
    .option("--json", "print one line of JSON, errors too")
    .action((backup: string, directory: string, options: { json?: true }) =>
      restoreFrom(terminal, resolve(backup), resolve(directory), options.json === true),
    );
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
The new directory is the node that was backed up, with its id: the old one must never run again. It lacks
what was written since, so it takes writes, and votes in no read until it has caught up.

Examples:
  ${program} restore /var/backups/coterie/n1 ./n1
  ${program} node --data ./n1 --join 127.0.0.1:7401`,
  );
}

async function restoreFrom(
  terminal: Terminal,
  backup: string,
  directory: string,
  json: boolean,
): Promise<void> {
  await onDataFiles(() => restore(backup, directory));
  if (json) {
    print(terminal, JSON.stringify({ directory }));
    return;
  }
  print(terminal, `restored into ${directory}`);
  const start = paste(terminal, ["node", "--data", directory, "--join", "HOST:PORT"]);
  note(terminal, `start it, and never again the one it was copied from: ${start}`);
}
