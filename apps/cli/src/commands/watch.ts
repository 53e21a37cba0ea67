import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { bytesToText, countToText } from "../table.ts";
import { print, programName, type Terminal } from "../terminal.ts";
import { membersToText } from "./members.ts";

interface WatchOptions extends ClusterOptions {
  readonly every: number;
  readonly count?: number;
}

/** What of a member is worth a line when it changes. */
interface Glimpse {
  readonly id: string;
  readonly state: string;
  readonly circuit: string;
  readonly isDegraded: boolean;
}

const CLEAR_BELOW = "\u001b[0J";

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(command)
    .option("--every <seconds>", "pause between looks", Number, 1)
    .option("--count <looks>", "end after so many looks", Number)
    .action((options: WatchOptions) => watch(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Members, phi, circuits and hints, redrawn in place on a terminal; one line a change without one. Ctrl-C ends it.

Examples:
  ${program} watch
  ${program} watch --every 5 --cluster 127.0.0.1:7400,127.0.0.1:7401`,
  );
}

async function watch(terminal: Terminal, options: WatchOptions): Promise<void> {
  const inPlace = terminal.stdout.isTTY === true && !options.json;
  let linesBefore = 0;
  let before = "";
  for (let look = 0; options.count === undefined || look < options.count; look++) {
    if (look > 0) await sleep(options.every * 1000);
    const { text, line } = await view(terminal, options);
    if (inPlace) {
      if (linesBefore > 0) terminal.stdout.write(`\u001b[${linesBefore}A\r${CLEAR_BELOW}`);
      print(terminal, text);
      linesBefore = text.split("\n").length;
    } else if (line !== before) {
      print(terminal, line);
      before = line;
    }
  }
}

/** The whole picture, and the part of it whose change is worth a line. A cluster that is away is a picture too. */
async function view(
  terminal: Terminal,
  options: WatchOptions,
): Promise<{ text: string; line: string }> {
  try {
    const cluster = new Cluster(options);
    const status = await cluster.admin((admin, call) => admin.getStatus({}, call));
    const hints = status.nodes.reduce((sum, node) => sum + node.hints, 0);
    const bytes = status.nodes.reduce((sum, node) => sum + node.hintBytes, 0);
    const states = status.nodes.map(({ id, state, circuit, degraded }) => ({
      id,
      state,
      // Each attempt to connect is half-open for a moment: no line for that.
      circuit: circuit === "half-open" ? "open" : circuit,
      isDegraded: degraded !== "",
    }));
    const kept = `${countToText(hints)} hints kept, ${bytesToText(bytes)}`;
    return {
      text: `${membersToText(terminal, status)}\n${kept}; seen by ${status.answeredBy}`,
      line: options.json
        ? JSON.stringify({ members: states, hints })
        : `${states.map(inWords).join("  ")}  ${kept}`,
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const line = options.json
      ? JSON.stringify({ error: { message: error.message } })
      : error.message;
    return { text: error.message, line };
  }
}

function inWords({ id, state, circuit, isDegraded }: Glimpse): string {
  const remarks = [
    ...(circuit === "open" ? ["circuit open"] : []),
    ...(isDegraded ? ["degraded"] : []),
  ];
  return remarks.length === 0 ? `${id} ${state}` : `${id} ${state} (${remarks.join(", ")})`;
}
