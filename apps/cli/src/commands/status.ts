import { toHex } from "@coterie/core";
import type { GetStatusResponse, NodeStatus } from "@coterie/wire";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { bytesToText, countToText, durationToText, table } from "../table.ts";
import { colors, print, programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(command).action((options: ClusterOptions) => status(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
"Compared" is how long ago the comparison that is most overdue found a node's replicas alike.

Examples:
  ${program} status
  ${program} status --json | jq '.nodes[] | select(.state != "alive")'`,
  );
}

async function status(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const response = await new Cluster(options).admin((admin, call) => admin.getStatus({}, call));
  if (options.json) print(terminal, JSON.stringify(statusToJson(response)));
  else printStatus(terminal, response);
}

function statusToJson({ clusterId, epoch, partitions, answeredBy, nodes }: GetStatusResponse) {
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      address: node.address,
      state: node.state,
      owner: node.owner,
      ...(node.version === ""
        ? {}
        : {
            version: node.version,
            uptimeMs: node.uptimeMs,
            recoveringPartitions: node.recoveringPartitions,
            rows: node.rows,
            diskBytes: node.diskBytes,
            unrepairedMs: node.unrepairedMs,
            repairedRows: node.repairedRows,
            suspectRows: node.suspectRows,
            ...(node.repairFailure === "" ? {} : { repairFailure: node.repairFailure }),
            tombstones: node.tombstones,
            collectedRows: node.collectedRows,
            foldedClocks: node.foldedClocks,
            ...(node.lastRound === ""
              ? {}
              : { lastRound: node.lastRound, lastRoundMs: node.lastRoundMs }),
          }),
      ...(node.roundTripMs > 0 ? { roundTripMs: node.roundTripMs } : {}),
    })),
    clusterId: toHex(clusterId),
    epoch,
    partitions,
    answeredBy,
  };
}

function printStatus(terminal: Terminal, response: GetStatusResponse): void {
  const { dim } = colors(terminal);
  const { clusterId, epoch, partitions, answeredBy, nodes } = response;
  const head = [
    "node",
    "state",
    "address",
    "rows",
    "on disk",
    "up for",
    "round trip",
    "compared",
    "",
  ];
  print(
    terminal,
    table(
      terminal,
      head,
      nodes.map((node) => row(terminal, node)),
    ),
  );
  for (const { id, lastRound, lastRoundMs } of nodes) {
    if (lastRound === "") continue;
    const ended = new Date(lastRoundMs).toISOString();
    print(terminal, dim(`last collection led by ${id}, ${ended}: ${lastRound}`));
  }
  const where = `cluster ${toHex(clusterId)}, ${partitions} partitions, ring epoch ${epoch}`;
  print(terminal, dim(`${where}; answered by ${answeredBy}`));
}

function row(terminal: Terminal, node: NodeStatus): string[] {
  const { green, yellow, red, dim } = colors(terminal);
  const paint = { alive: green, suspect: yellow, dead: red }[node.state] ?? dim;
  const told = node.version !== "";
  return [
    node.id,
    paint(node.state),
    node.address,
    told ? countToText(node.rows) : "",
    told ? bytesToText(node.diskBytes) : "",
    told ? durationToText(node.uptimeMs) : "",
    node.roundTripMs > 0 ? `${node.roundTripMs.toFixed(1)} ms` : "",
    told && node.owner ? `${durationToText(node.unrepairedMs)} ago` : "",
    [
      ...(node.owner ? [] : ["owns nothing"]),
      ...(node.recoveringPartitions > 0 ? [`${node.recoveringPartitions} recovering`] : []),
      ...(node.suspectRows > 0 ? [`${node.suspectRows} damaged rows`] : []),
      ...(node.tombstones > 0 ? [`${countToText(node.tombstones)} deleted rows kept`] : []),
      ...(node.repairFailure === "" ? [] : [`not compared with ${node.repairFailure}`]),
    ].join(", "),
  ];
}
