import { decodeUtf8 } from "@coterie/core";
import type { HintView, ListHintsResponse } from "@coterie/wire";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { bytesToText, countToText, durationToText, table } from "../table.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";

/** Draining many hints takes its time. */
const DRAIN_TIMEOUT_MS = 600_000;

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(command.command("list", { isDefault: true }))
    .summary("what each node keeps for others, by owner and age")
    .action((options: ClusterOptions) => list(terminal, options));
  addClusterOptions(command.command("drain"), DRAIN_TIMEOUT_MS)
    .summary("bring home what the first node of --cluster keeps, now")
    .action((options: ClusterOptions) => drain(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
A hint is a write that a replica missed, kept by another node until all replicas have it.
They go home by themselves; \`drain\` is for those who want to wait for it.

Examples:
  ${program} hints
  ${program} hints drain --cluster 127.0.0.1:7401`,
  );
}

async function list(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const response = await new Cluster(options).admin((admin, call) =>
    admin.listHints({ limit: 0 }, call),
  );
  if (options.json) print(terminal, JSON.stringify(hintsToJson(response)));
  else printHints(terminal, response);
}

function hintsToJson({ hints, nodes }: ListHintsResponse) {
  return {
    nodes: nodes.map(({ nodeId, error, hints: count, bytes }) =>
      error === undefined
        ? { id: nodeId, hints: count, bytes }
        : { id: nodeId, error: error.message },
    ),
    hints: hints.map((hint) => ({
      bucket: hint.bucket,
      key: keyToText(hint),
      intendedFor: hint.intendedFor,
      sinceMs: hint.sinceMs,
      bytes: hint.bytes,
    })),
  };
}

function printHints(terminal: Terminal, { hints, nodes }: ListHintsResponse): void {
  const counts = nodes.map(({ nodeId, error, hints: count, bytes }) =>
    error === undefined
      ? [nodeId, countToText(count), bytesToText(bytes)]
      : [nodeId, "", error.message],
  );
  print(terminal, table(terminal, ["kept by", "hints", "bytes"], counts));
  if (hints.length === 0) return;
  const nowMs = Date.now();
  const oldestFirst = [...hints].sort((a, b) => a.sinceMs - b.sinceMs);
  const rows = oldestFirst.map((hint) => [
    hint.intendedFor,
    durationToText(Math.max(0, nowMs - hint.sinceMs)),
    `${hint.bucket} / ${keyToText(hint)}`,
    bytesToText(hint.bytes),
  ]);
  print(terminal, `\n${table(terminal, ["for", "since", "key", "bytes"], rows)}`);
}

function keyToText({ key }: HintView): string {
  try {
    return decodeUtf8(key);
  } catch {
    return `base64:${Buffer.from(key).toString("base64")}`;
  }
}

async function drain(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const [first] = options.cluster.split(",");
  const { drained, waiting } = await new Cluster({ ...options, cluster: first! }).admin(
    (admin, call) => admin.drainHints({}, call),
  );
  if (options.json) print(terminal, JSON.stringify({ drained, waiting }));
  else print(terminal, `${countToText(drained)} hints went home, ${countToText(waiting)} wait`);
  if (waiting > 0) note(terminal, "The rest waits for replicas that cannot be reached.");
}
