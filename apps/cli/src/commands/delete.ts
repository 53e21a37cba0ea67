import { randomBytes, systemRandom } from "@coterie/core";
import { type Command, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { addWriteOptions, type ConsistencyOptions, levelOf } from "../consistency-options.ts";
import { contextFromText, encodeKey } from "../key-value-text.ts";
import { programName, type Terminal } from "../terminal.ts";
import { printWritten } from "../write-result.ts";

interface Options extends ClusterOptions, ConsistencyOptions {
  readonly context?: string;
}

export function define(command: Command, terminal: Terminal): void {
  addWriteOptions(command)
    .argument("<bucket>")
    .argument("<key>")
    .addOption(
      new Option(
        "--context <context>",
        "of a read: delete what that saw, and nothing written since",
      ),
    )
    .action((bucket: string, key: string, options: Options) =>
      erase(terminal, bucket, key, options),
    );
  addClusterOptions(command);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Without --context it reads first and deletes all that it found. What is written meanwhile survives.

Examples:
  ${program} delete carts alice
  ${program} delete carts alice --context CONTEXT --level all`,
  );
}

async function erase(
  terminal: Terminal,
  bucket: string,
  name: string,
  options: Options,
): Promise<void> {
  const cluster = new Cluster(options);
  const key = encodeKey(name);
  const level = levelOf(options);
  const context =
    options.context === undefined
      ? await contextOf(cluster, bucket, name)
      : contextFromText(options.context);
  const request = {
    bucket,
    key,
    context,
    w: options.w ?? 0,
    ...level,
    operationId: randomBytes(systemRandom, 16),
  };
  const deleted = await cluster.write((kv, timeoutMs, call) =>
    kv.delete({ ...request, timeoutMs }, call),
  );
  printWritten(terminal, options.json === true, "deleted", deleted);
}

async function contextOf(cluster: Cluster, bucket: string, name: string): Promise<Uint8Array> {
  const found = await cluster.read((kv, timeoutMs, call) =>
    kv.get({ bucket, key: encodeKey(name), timeoutMs }, call),
  );
  if (found.siblings.length === 0) {
    throw new CliError("not_found", `bucket ${bucket} has no key "${name}": nothing to delete`);
  }
  return found.context;
}
