import type { GetStatusResponse, NodeStatus } from "@coterie/wire";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { durationToText, table } from "../table.ts";
import { colors, print, programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(command).action((options: ClusterOptions) => members(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Who the node that answers believes is there, and how each answers it:
  incarnation  how often the member had to speak up for itself (SWIM)
  phi          how surprising its silence is: 1 errs in one case of ten, 3 in one of a thousand
  latency      moving average and 95th percentile of its answers
  circuit      open or half-open: it does not answer, and calls go around it
  health       how much the member doubts itself: 0 (not at all) to 8
A member that is slow, by its own account, is degraded, with the reason at the end of its line.

Examples:
  ${program} members
  ${program} members --cluster 127.0.0.1:7401 --json`,
  );
}

async function members(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const response = await new Cluster(options).admin((admin, call) => admin.getStatus({}, call));
  if (options.json) print(terminal, JSON.stringify(membersToJson(response)));
  else print(terminal, membersToText(terminal, response));
}

function membersToJson({ nodes, answeredBy }: GetStatusResponse) {
  return {
    members: nodes.map((node) => ({
      id: node.id,
      address: node.address,
      state: node.state,
      incarnation: node.incarnation,
      version: node.version,
      phi: node.phi,
      latencyMs: node.latencyMs,
      latencyP95Ms: node.latencyP95Ms,
      circuit: node.circuit,
      localHealth: node.localHealth,
      degraded: node.degraded,
      uptimeMs: node.uptimeMs,
    })),
    answeredBy,
  };
}

/** The members as a table. */
export function membersToText(terminal: Terminal, response: GetStatusResponse): string {
  const head = [
    "member",
    "state",
    "incarnation",
    "phi",
    "latency",
    "p95",
    "circuit",
    "health",
    "address",
  ];
  const rows = response.nodes.map((node) => row(terminal, node, response.answeredBy));
  return table(terminal, [...head, "version", "up for", ""], rows);
}

function row(terminal: Terminal, node: NodeStatus, answeredBy: string): string[] {
  const { green, yellow, red, dim } = colors(terminal);
  const paint = { alive: green, suspect: yellow, dead: red }[node.state] ?? dim;
  const isSelf = node.id === answeredBy;
  const ms = (value: number): string => (isSelf ? "" : `${value.toFixed(1)} ms`);
  return [
    node.id,
    paint(node.state),
    node.incarnation.toString(),
    isSelf ? "" : node.phi.toFixed(2),
    ms(node.latencyMs),
    ms(node.latencyP95Ms),
    node.circuit === "closed" ? node.circuit : yellow(node.circuit),
    node.localHealth.toString(),
    node.address,
    node.version,
    node.uptimeMs > 0 ? durationToText(node.uptimeMs) : "",
    node.degraded === "" ? "" : yellow(`degraded: ${node.degraded}`),
  ];
}
