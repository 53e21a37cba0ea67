import { readFileSync } from "node:fs";
import { logEvents, openLog, StartFailure, startStorageNode } from "@coterie/storage-node";
import {
  type NodeConfig,
  resolveConfig,
  type Setting,
  settings,
} from "@coterie/storage-node/config";
import { type Command, Option } from "commander";
import { parse } from "yaml";
import { CliError } from "../cli-error.ts";
import { printConfig } from "../print-config.ts";
import { Supervisor } from "../supervisor.ts";
import { print, programName, type Terminal } from "../terminal.ts";

interface Options {
  readonly config?: string;
  readonly printConfig?: true;
  readonly json?: true;
}

export function define(command: Command, terminal: Terminal): void {
  for (const setting of settings) command.addOption(optionOf(setting));
  command
    .addOption(new Option("--config <file>", "YAML file of these settings").env("COTERIE_CONFIG"))
    .option("--print-config", "print each setting and where it comes from, and do nothing else")
    .option("--json", "print one line of JSON when it serves, errors too")
    .action((options: Options) => node(terminal, command, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
A flag wins over the environment (COTERIE_LISTEN, …), that over the file, that over the default.
SIGTERM and Ctrl-C let requests under way end, and exit with 0. What happens is logged on stderr.

Examples:
  ${program} node --id n1 --listen 127.0.0.1:7400 --data /var/lib/coterie --init
  ${program} node --id n2 --listen 127.0.0.1:7401 --data ./n2 --join 127.0.0.1:7400
  ${program} node --config node.yaml --print-config`,
  );
}

function optionOf({ name, kind, description, defaultText, variable }: Setting): Option {
  const given = defaultText === undefined ? "" : ` (default: ${defaultText})`;
  const value = kind === "boolean" ? "" : ` <${placeholders[kind]}>`;
  return new Option(`--${name}${value}`, `${description}${given} [${variable}]`);
}

const placeholders = { text: "value", number: "n", addresses: "addr,…", owners: "owner,…" };

async function node(terminal: Terminal, command: Command, options: Options): Promise<void> {
  const resolved = resolveConfig({
    flags: flagsOf(command),
    environment: terminal.env,
    ...(options.config === undefined ? {} : { file: readConfig(options.config) }),
  });
  if (resolved.type === "invalid") throw new CliError("usage", resolved.problems.join("; "));
  if (options.printConfig) printConfig(terminal, resolved, options.json === true);
  else await serve(terminal, resolved.config, options.json === true);
}

/** What stands on the command line, as text: the layers are put together elsewhere. */
function flagsOf(command: Command): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const option of command.options) {
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) !== "cli") continue;
    flags[option.long!.slice(2)] = String(command.getOptionValue(attribute));
  }
  return flags;
}

function readConfig(path: string): { path: string; content: unknown } {
  try {
    return { path, content: parse(readFileSync(path, "utf8")) as unknown };
  } catch (error) {
    throw new CliError("usage", `--config ${path} cannot be read: ${(error as Error).message}`);
  }
}

async function serve(terminal: Terminal, config: NodeConfig, json: boolean): Promise<void> {
  const supervisor = new Supervisor();
  try {
    await runNode(terminal, config, json, supervisor);
  } catch (error) {
    const failure = error instanceof StartFailure ? asCliError(error) : error;
    if (failure instanceof CliError) supervisor.tell({ type: "failed", reason: failure.message });
    throw failure;
  } finally {
    supervisor.leave();
  }
}

async function runNode(
  terminal: Terminal,
  config: NodeConfig,
  json: boolean,
  supervisor: Supervisor,
): Promise<void> {
  const log = openLog(config["log-level"]);
  const running = await startStorageNode(config, { onEvent: logEvents(log) });
  const { id, address, dataDirectory } = running;
  const ended = Promise.race([supervisor.stopAsked, running.broken]).then(async (why) => {
    log.info({ why }, "stopping");
    await running.stop();
    log.info("stopped");
    if (!supervisor.isStopAsked) throw new CliError("storage", why);
  });
  await Promise.race([running.serving, ended]);
  if (!supervisor.isStopAsked) {
    const facts = { id, pid: process.pid, address, dataDir: dataDirectory };
    supervisor.tell({ type: "serving", ...facts });
    log.info(facts, "serving");
    if (json) print(terminal, JSON.stringify({ node: facts }));
    else print(terminal, `node ${id} serves at ${address}, data in ${dataDirectory}`);
  }
  await ended;
}

function asCliError({ kind, message }: StartFailure): CliError {
  return new CliError(kind === "usage" ? "usage" : "start_failed", message);
}
