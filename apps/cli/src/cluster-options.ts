import { type Command, InvalidArgumentError, Option } from "commander";

/** What every command that speaks with a cluster takes. */
export interface ClusterOptions {
  readonly cluster: string;
  readonly json?: true;
  readonly timeoutMs: number;
}

export const DEFAULT_CLUSTER = "127.0.0.1:7400";

export function addClusterOptions(command: Command, timeoutMs = 5_000): Command {
  return command
    .addOption(
      new Option("--cluster <addr,…>", "nodes to ask, the first first")
        .default(DEFAULT_CLUSTER)
        .env("COTERIE_CLUSTER"),
    )
    .addOption(
      new Option("--timeout-ms <ms>", "deadline of the whole command, milliseconds")
        .argParser(wholeNumber(1, 3_600_000))
        .default(timeoutMs)
        .env("COTERIE_TIMEOUT_MS"),
    )
    .option("--json", "print one line of JSON, errors too");
}

/** A parser for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is not a whole number from ${min} to ${max}.`);
  };
}
