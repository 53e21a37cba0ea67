import { relative } from "node:path";
import process from "node:process";
import { paste } from "../paste.ts";
import { countToText } from "../table.ts";
import { colors, note, print, programName, type Terminal } from "../terminal.ts";
import type { ClusterDirectory } from "./cluster-directory.ts";
import { DEMO_BUCKET, type DemoReport } from "./demo.ts";
import { type NodeProcess, type NodeSpec, nodeArguments } from "./node-process.ts";

/** What `coterie dev` says: the ready line on stdout, the rest on stderr; with `--json` one object a line. */
export class DevReporter {
  readonly #terminal: Terminal;
  readonly #json: boolean;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
  }

  starting({ path, nodes, born }: ClusterDirectory): void {
    const what = born ? "starting the" : "founding a";
    const text = `${what} cluster of ${count(nodes)} in ${here(path)}`;
    this.#say("starting", { nodes, dataDir: path }, text);
  }

  ready(nodes: readonly NodeProcess[]): void {
    const facts = nodes.map(({ spec, pid }) => ({
      id: spec.id,
      pid,
      address: spec.address,
      dataDir: spec.dataDirectory,
    }));
    if (this.#json) {
      print(this.#terminal, JSON.stringify({ nodes: facts }));
      return;
    }
    const { green, bold } = colors(this.#terminal);
    print(this.#terminal, green(bold(up(nodes.length))));
    for (const { id, pid, address, dataDir } of facts) {
      print(this.#terminal, `  ${bold(id)}  ${address}  process ${pid}  data in ${here(dataDir)}`);
    }
  }

  /** Two lines: what the demo did, and how fast. */
  demo(report: DemoReport, nodes: number): void {
    if (this.#json) {
      print(this.#terminal, JSON.stringify({ demo: report }));
      return;
    }
    const { records, written, writeSeconds, reads, readSeconds } = report;
    const what = `${countToText(records)} languages of ISO 639-3`;
    const writes =
      written === 0
        ? `All ${what} are there from an earlier start`
        : `Wrote ${written === records ? what : `${countToText(written)} of ${what}`} through quorums in ${speed(written, writeSeconds, "writes")}`;
    print(this.#terminal, `\n${writes}.`);
    print(
      this.#terminal,
      `Read them back through each of the ${nodes} nodes in ${speed(reads, readSeconds, "reads")}: every value is what was written.`,
    );
  }

  /** What a newcomer wants to do next. */
  next(nodes: readonly NodeProcess[], demo: boolean): void {
    if (this.#json) return;
    const cluster = nodes.map(({ spec }) => spec.address).join(",");
    const program = programName(this.#terminal);
    const { dim } = colors(this.#terminal);
    const lines = [
      "",
      "In another terminal:",
      `  export COTERIE_CLUSTER=${cluster}`,
      `  ${program} put carts alice milk`,
      `  ${program} get carts alice`,
      ...(demo ? [`  ${program} get ${DEMO_BUCKET} nld`] : []),
      `  ${program} status`,
      ...(nodes.length < QUORUM ? ["", tooFew(nodes.length, program)] : []),
      "",
      dim("Ctrl-C stops it and keeps the data; --fresh begins anew."),
    ];
    print(this.#terminal, lines.join("\n"));
  }

  died(spec: NodeSpec, reason: string, restarts: boolean, beginning: readonly string[]): void {
    const { id, logFile } = spec;
    const command = [...nodeArguments(spec), ...beginning];
    const again = restarts
      ? "starting it again"
      : `bring it back with\n  ${paste(this.#terminal, command)}`;
    const text = `node ${id} died: ${reason}; the others go on. Log: ${here(logFile)}; ${again}`;
    this.#say("died", { id, reason, restarts, command }, text);
  }

  back({ spec, pid }: NodeProcess): void {
    this.#say("back", { id: spec.id, pid }, `node ${spec.id} is back, process ${pid}`);
  }

  gaveUp(spec: NodeSpec, beginning: readonly string[]): void {
    const { id, logFile } = spec;
    const command = [...nodeArguments(spec), ...beginning];
    const text = `node ${id} dies at every start and is left alone. See ${here(logFile)}, then\n  ${paste(this.#terminal, command)}`;
    this.#say("gaveUp", { id, command }, text);
  }

  stopping(): void {
    this.#say("stopping", {}, "stopping all nodes");
  }

  #say(event: string, facts: Readonly<Record<string, unknown>>, text: string): void {
    if (this.#json) note(this.#terminal, JSON.stringify({ event, ...facts }));
    else note(this.#terminal, `coterie: ${text}`);
  }
}

function count(nodes: number): string {
  return nodes === 1 ? "1 node" : `${nodes} nodes`;
}

function up(nodes: number): string {
  return nodes === 1 ? "1 node is up" : `${nodes} nodes are up and see one another`;
}

/** Nodes that the quorums of a bucket with the defaults need. */
export const QUORUM = 2;

function tooFew(nodes: number, program: string): string {
  return `Buckets have quorums of ${QUORUM} unless created otherwise, and there is ${count(nodes)}: first
  ${program} bucket create carts --n ${nodes}`;
}

/** "1.9 s (4,100 writes/s)" */
function speed(count: number, seconds: number, unit: string): string {
  return `${seconds.toFixed(1)} s (${countToText(Math.round(count / seconds))} ${unit}/s)`;
}

/** Paths below the working directory as people type them. */
function here(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short === "" ? path : short;
}
