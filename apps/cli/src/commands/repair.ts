import { setTimeout as sleep } from "node:timers/promises";
import type { RepairState } from "@coterie/wire";
import { Presets, SingleBar } from "cli-progress";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions, wholeNumber } from "../cluster-options.ts";
import { countToText, table } from "../table.ts";
import { colors, print, programName, type Terminal } from "../terminal.ts";
import { cliError } from "../wire-error.ts";

interface RepairOptions extends ClusterOptions {
  readonly bucket?: string;
  readonly partition?: number;
  readonly node?: string;
  readonly acceptLoss?: boolean;
}

/** Much damage takes its time. */
const TIMEOUT_MS = 3_600_000;
const POLL_MS = 250;

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(
    command
      .option("--bucket <name>", "only the trees that this bucket's rows are in")
      .option("--partition <number>", "only this partition", wholeNumber(0, 65_535))
      .option("--node <id>", "only this node, with all others; left out, every node does its part")
      .option(
        "--accept-loss",
        "let what recovers there now count replicas that recover themselves as sources",
      ),
    TIMEOUT_MS,
  ).action((options: RepairOptions) => repair(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Compares replicas and repairs what differs, now. Nodes do this by themselves all the time
(\`coterie node --repair-interval-s\`); this is for those who want to wait for it.

When more disks were lost at once than a bucket's W - 1, replicas that recover may wait for one another for ever:
\`${program} status\` shows them as recovering. --accept-loss ends that with what is left; a write that only the lost
disks held is lost.

Examples:
  ${program} repair
  ${program} repair --node n2
  ${program} repair --bucket carts --json
  ${program} repair --accept-loss`,
  );
}

async function repair(terminal: Terminal, options: RepairOptions): Promise<void> {
  const cluster = new Cluster(options);
  const { bucket = "", partition, node: nodeId = "", acceptLoss = false } = options;
  const request = { bucket, nodeId, acceptLoss, ...(partition === undefined ? {} : { partition }) };
  const begun = (await cluster.admin((admin, call) => admin.repair(request, call))).nodes;
  const refused = begun.find(({ error }) => error !== undefined);
  if (refused?.error !== undefined && begun.every(({ error }) => error !== undefined)) {
    throw cliError(refused.error);
  }
  const nodes = await follow(terminal, cluster, begun);
  if (options.json) print(terminal, JSON.stringify(toJson(nodes)));
  else printNodes(terminal, nodes);
  const failed = nodes.find(({ error, failed: count }) => error !== undefined || count > 0);
  if (failed === undefined) return;
  const reason = failed.error?.message ?? failed.lastFailure;
  throw new CliError(
    "unavailable",
    `not everything could be repaired: ${failed.nodeId}: ${reason}`,
  );
}

/** Asks until every node that began has ended. */
async function follow(
  terminal: Terminal,
  cluster: Cluster,
  begun: readonly RepairState[],
): Promise<readonly RepairState[]> {
  const refused = begun.filter(({ error }) => error !== undefined);
  const taking = new Set(
    begun.filter((node) => !refused.includes(node)).map((node) => node.nodeId),
  );
  const bar = repairBar(terminal);
  try {
    for (;;) {
      const { nodes } = await cluster.admin((admin, call) => admin.getRepair({}, call));
      const asked = nodes.filter(({ nodeId }) => taking.has(nodeId));
      bar.show(asked);
      if (!asked.some(({ running, error }) => running && error === undefined)) {
        return [...asked, ...refused];
      }
      await sleep(POLL_MS);
    }
  } finally {
    bar.end();
  }
}

/** A bar on a terminal's stderr; nothing elsewhere. */
function repairBar(terminal: Terminal): { show(nodes: readonly RepairState[]): void; end(): void } {
  const { stderr: stream } = terminal;
  if (stream.isTTY !== true) return { show: () => {}, end: () => {} };
  const { dim } = colors(terminal, "stderr");
  const format = `${dim("{bar}")} {value}/{total} comparisons, {rows} rows repaired`;
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(1, 0, { rows: 0 });
  return {
    show: (nodes) => {
      const sum = (of: (node: RepairState) => number): number =>
        nodes.reduce((total, node) => total + of(node), 0);
      bar.setTotal(
        Math.max(
          1,
          sum(({ comparisons }) => comparisons),
        ),
      );
      bar.update(
        sum(({ compared, failed }) => compared + failed),
        {
          rows: sum(({ pulled, pushed }) => pulled + pushed),
        },
      );
    },
    end: () => bar.stop(),
  };
}

function toJson(nodes: readonly RepairState[]) {
  return {
    nodes: nodes.map((node) =>
      node.error === undefined
        ? {
            id: node.nodeId,
            comparisons: node.comparisons,
            compared: node.compared,
            failed: node.failed,
            differed: node.differed,
            pulled: node.pulled,
            pushed: node.pushed,
            ...(node.lastFailure === "" ? {} : { lastFailure: node.lastFailure }),
          }
        : { id: node.nodeId, error: node.error.message },
    ),
  };
}

function printNodes(terminal: Terminal, nodes: readonly RepairState[]): void {
  const head = ["node", "compared", "differed", "rows fetched", "rows sent", "failed", ""];
  const rows = nodes.map((node) =>
    node.error === undefined
      ? [
          node.nodeId,
          countToText(node.compared),
          countToText(node.differed),
          countToText(node.pulled),
          countToText(node.pushed),
          countToText(node.failed),
          node.lastFailure,
        ]
      : [node.nodeId, "", "", "", "", "", node.error.message],
  );
  print(terminal, table(terminal, head, rows));
}
