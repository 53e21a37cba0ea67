import { resolve } from "node:path";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { bytesToText } from "../table.ts";
import { print, programName, type Terminal } from "../terminal.ts";

/** Large databases take their time. */
const TIMEOUT_MS = 600_000;

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(
    command.argument("<directory>", "on the node's machine; must not exist yet"),
    TIMEOUT_MS,
  ).action((directory: string, options: ClusterOptions) => backup(terminal, directory, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Copies the database of one node, the first of --cluster, while it runs.

Examples:
  ${program} backup /var/backups/coterie/n1
  ${program} backup ./n2.backup --cluster 127.0.0.1:7401`,
  );
}

async function backup(
  terminal: Terminal,
  directory: string,
  options: ClusterOptions,
): Promise<void> {
  const target = resolve(directory);
  const [first] = options.cluster.split(",");
  const { bytes, shards, seconds } = await new Cluster({ ...options, cluster: first! }).admin(
    (admin, call) => admin.backUp({ directory: target }, call),
  );
  if (options.json) {
    print(terminal, JSON.stringify({ directory: target, bytes, shards, seconds }));
    return;
  }
  print(
    terminal,
    `${bytesToText(bytes)} in ${shards} file(s) copied to ${target} in ${seconds.toFixed(1)} s`,
  );
}
