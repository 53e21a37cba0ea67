import { encodeUtf8, randomBytes, systemRandom } from "@coterie/core";
import { type Command, Option } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { addWriteOptions, type ConsistencyOptions, levelOf } from "../consistency-options.ts";
import { contextFromText, encodeKey, encodeValue } from "../key-value-text.ts";
import { readStdin } from "../read-stdin.ts";
import type { Terminal } from "../terminal.ts";
import { programName } from "../terminal.ts";
import { ttl } from "../ttl.ts";
import { printWritten } from "../write-result.ts";

interface Options extends ClusterOptions, ConsistencyOptions {
  readonly context?: string;
  readonly jsonValue?: true;
  readonly ttl?: number;
}

export function define(command: Command, terminal: Terminal): void {
  addWriteOptions(command)
    .argument("<bucket>", "created with the defaults at first use")
    .argument("<key>", "1 to 4096 bytes")
    .argument("<value>", "`-` reads it from stdin")
    .addOption(
      new Option(
        "--context <context>",
        "of the read this write is based on: it replaces what that saw",
      ),
    )
    .option("--json-value", "store the value as JSON, after checking that it is")
    .option("--ttl <duration>", "after it the value is gone: 90s, 15m, 12h, 30d", ttl)
    .action((bucket: string, key: string, value: string, options: Options) =>
      put(terminal, { bucket, key, value }, options),
    );
  addClusterOptions(command);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Without --context it is a write that has seen nothing: it stands beside what is there.

Examples:
  ${program} put carts alice milk
  ${program} put users 42 '{"name":"Ada"}' --json-value
  ${program} put photos cat - < cat.jpg
  ${program} put carts alice eggs --context CONTEXT --w 3
  ${program} put sessions 7f3a alice --ttl 30m`,
  );
}

async function put(
  terminal: Terminal,
  target: { bucket: string; key: string; value: string },
  options: Options,
): Promise<void> {
  const cluster = new Cluster(options);
  const context = contextFromText(options.context ?? "");
  const bytes = target.value === "-" ? await readStdin(terminal) : encodeUtf8(target.value);
  const request = {
    bucket: target.bucket,
    key: encodeKey(target.key),
    ...encodeValue(bytes, options.jsonValue === true),
    context,
    expiresAtMs: options.ttl === undefined ? 0 : Date.now() + options.ttl,
    w: options.w ?? 0,
    ...levelOf(options),
    operationId: randomBytes(systemRandom, 16),
  };
  const written = await cluster.write((kv, timeoutMs, call) =>
    kv.put({ ...request, timeoutMs }, call),
  );
  printWritten(terminal, options.json === true, "written", written);
}
