import type { GetResponse } from "@coterie/wire";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import { addReadOptions, type ConsistencyOptions, levelOf } from "../consistency-options.ts";
import { contextToText, encodeKey, valueToJson, valueToText } from "../key-value-text.ts";
import { paste } from "../paste.ts";
import { receiptToJson, receiptToText } from "../receipt.ts";
import { colors, note, print, programName, type Terminal } from "../terminal.ts";

interface Options extends ClusterOptions, ConsistencyOptions {
  readonly monotonic?: true;
}

interface Target {
  readonly bucket: string;
  readonly key: string;
}

export function define(command: Command, terminal: Terminal): void {
  addReadOptions(command)
    .argument("<bucket>")
    .argument("<key>")
    .option("--monotonic", "no later monotonic read returns anything older")
    .action((bucket: string, key: string, options: Options) =>
      get(terminal, { bucket, key }, options),
    );
  addClusterOptions(command);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
The value goes to stdout, what is known of it to stderr. Concurrent writes that nobody has settled yet
(siblings) are all shown, with the command that settles them.

Examples:
  ${program} get carts alice
  ${program} get carts alice --level all --json`,
  );
}

async function get(terminal: Terminal, target: Target, options: Options): Promise<void> {
  const request = {
    bucket: target.bucket,
    key: encodeKey(target.key),
    r: options.r ?? 0,
    ...levelOf(options),
    monotonic: options.monotonic === true,
  };
  const found = await new Cluster(options).read((kv, timeoutMs, call) =>
    kv.get({ ...request, timeoutMs }, call),
  );
  if (options.json) printJson(terminal, found);
  else printText(terminal, target, options, found);
  if (found.siblings.length === 0) {
    throw new CliError("not_found", `bucket ${target.bucket} has no key "${target.key}"`);
  }
}

function printJson(terminal: Terminal, { siblings, context, receipt }: GetResponse): void {
  const values = siblings.map(valueToJson);
  const json = { values, context: contextToText(context), receipt: receiptToJson(receipt) };
  print(terminal, JSON.stringify(json));
}

function printText(
  terminal: Terminal,
  target: Target,
  options: Options,
  { siblings, context, receipt }: GetResponse,
): void {
  const { dim } = colors(terminal, "stderr");
  const [only, second] = siblings;
  if (only !== undefined && second === undefined) {
    terminal.stdout.write(only.value);
    if (only.value.at(-1) !== NEWLINE) terminal.stdout.write("\n");
    note(
      terminal,
      dim(`written ${time(only.writtenAtMs)}, read from ${receiptToText(receipt, "r")}`),
    );
  } else if (siblings.length > 1) {
    printSiblings(terminal, siblings);
    const words = ["put", target.bucket, target.key, "VALUE", "--context", contextToText(context)];
    note(
      terminal,
      `\nNobody has settled these ${siblings.length} concurrent writes yet. To settle them:`,
    );
    note(terminal, `  ${paste(terminal, words, options)}`);
    return;
  }
  if (context.length > 0) note(terminal, dim(`context ${contextToText(context)}`));
}

const NEWLINE = 10;

function printSiblings(terminal: Terminal, siblings: GetResponse["siblings"]): void {
  const { bold, dim } = colors(terminal);
  for (const [index, sibling] of siblings.entries()) {
    const head = bold(`[${index + 1}]`);
    print(
      terminal,
      `${head} ${valueToText(sibling)}  ${dim(`written ${time(sibling.writtenAtMs)}`)}`,
    );
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ");
}
