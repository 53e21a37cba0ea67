import { toHex } from "@coterie/core";
import type { ExplainKeyResponse, ReplicaView, VersionView } from "@coterie/wire";
import type { Command } from "commander";
import { bucketToJson, encodingToText } from "../bucket-text.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { encodeKey } from "../key-value-text.ts";
import { bytesToText } from "../table.ts";
import { colors, print, programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  addClusterOptions(command.argument("<bucket>").argument("<key>")).action(
    (bucket: string, key: string, options: ClusterOptions) =>
      explain(terminal, bucket, key, options),
  );
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Examples:
  ${program} explain carts alice
  ${program} explain carts alice --json`,
  );
}

async function explain(
  terminal: Terminal,
  bucket: string,
  key: string,
  options: ClusterOptions,
): Promise<void> {
  const request = { bucket, key: encodeKey(key) };
  const response = await new Cluster(options).admin((admin, call) =>
    admin.explainKey(request, call),
  );
  if (options.json) print(terminal, JSON.stringify({ key, ...explainToJson(response) }));
  else printExplained(terminal, bucket, key, response);
}

function explainToJson(response: ExplainKeyResponse) {
  return {
    token: toHex(response.token),
    partition: response.partition,
    epoch: response.epoch,
    bucket: bucketToJson(response.bucket!),
    preferenceList: response.preferenceList,
    replicas: response.replicas.map(replicaToJson),
  };
}

function replicaToJson(view: ReplicaView) {
  const { nodeId, error, recovering, versions, clock, rowBytes, keptBecause } = view;
  if (error !== undefined) return { id: nodeId, error: error.message };
  return {
    id: nodeId,
    recovering,
    rowBytes,
    clock,
    versions: versions.map(versionToJson),
    ...(keptBecause === "" ? {} : { keptBecause }),
  };
}

function versionToJson(version: VersionView) {
  const { dot, writtenAtMs, tombstone, encoding, valueBytes, operationId, expiresAtMs } = version;
  return {
    dot,
    writtenAtMs,
    tombstone,
    encoding: encodingToText(encoding),
    valueBytes,
    operationId: toHex(operationId),
    ...(expiresAtMs > 0 ? { expiresAtMs } : {}),
  };
}

function printExplained(
  terminal: Terminal,
  bucket: string,
  key: string,
  response: ExplainKeyResponse,
): void {
  const { bold, dim } = colors(terminal);
  const { n = 0, r = 0, w = 0 } = response.bucket ?? {};
  const primaries = response.preferenceList.slice(0, n);
  const fallbacks = response.preferenceList.slice(n);
  print(terminal, `${bold("key")}          ${bucket} / ${key}  ${dim(`N=${n} R=${r} W=${w}`)}`);
  print(terminal, `${bold("token")}        ${toHex(response.token)}`);
  print(
    terminal,
    `${bold("partition")}    ${response.partition}  ${dim(`epoch ${response.epoch}`)}`,
  );
  print(terminal, `${bold("primaries")}    ${primaries.join(", ")}`);
  print(terminal, `${bold("fallbacks")}    ${fallbacks.join(", ") || "none"}`);
  for (const replica of response.replicas) printReplica(terminal, replica);
}

function printReplica(terminal: Terminal, view: ReplicaView): void {
  const { bold, dim, red, yellow } = colors(terminal);
  const recovering = view.recovering ? yellow("  recovering: does not vote in reads") : "";
  if (view.error !== undefined) {
    print(terminal, `\n${bold(view.nodeId)}  ${red(view.error.message)}`);
    return;
  }
  const size = view.rowBytes === 0 ? "has nothing" : `row of ${bytesToText(view.rowBytes)}`;
  print(terminal, `\n${bold(view.nodeId)}  ${size}${recovering}`);
  if (view.clock !== "") print(terminal, dim(`  seen ${view.clock}`));
  for (const version of view.versions) print(terminal, `  ${describe(version)}`);
  if (view.keptBecause !== "") print(terminal, dim(`  ${view.keptBecause}`));
}

function describe(version: VersionView): string {
  const { dot, writtenAtMs, tombstone, encoding, valueBytes, expiresAtMs } = version;
  const what = tombstone ? "deleted" : `${bytesToText(valueBytes)} of ${encodingToText(encoding)}`;
  const expiry = expiresAtMs > 0 ? `, expires ${new Date(expiresAtMs).toISOString()}` : "";
  return `${dot}  ${what}, written ${new Date(writtenAtMs).toISOString()}${expiry}`;
}
