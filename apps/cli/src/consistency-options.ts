import { Level } from "@coterie/wire";
import { type Command, Option } from "commander";
import { wholeNumber } from "./cluster-options.ts";

export interface ConsistencyOptions {
  readonly r?: number;
  readonly w?: number;
  readonly level?: "one" | "quorum" | "all";
  readonly strict?: true;
}

const COUNT_MAX = 255;

export function addReadOptions(command: Command): Command {
  return addLevel(
    command.option("--r <n>", "replicas that must answer", wholeNumber(1, COUNT_MAX)),
  );
}

export function addWriteOptions(command: Command): Command {
  return addLevel(
    command.option("--w <n>", "replicas that must have it on disk", wholeNumber(1, COUNT_MAX)),
  );
}

/** The fields of a request. An explicit number wins over the level. */
export function levelOf({ level, strict }: ConsistencyOptions): { level: Level; strict: boolean } {
  return {
    level: level === undefined ? Level.UNSPECIFIED : levels[level],
    strict: strict === true,
  };
}

const levels = { one: Level.ONE, quorum: Level.QUORUM, all: Level.ALL } as const;

function addLevel(command: Command): Command {
  return command
    .addOption(new Option("--level <level>", "the number by name").choices(Object.keys(levels)))
    .option("--strict", "count the key's own replicas only, no stand-ins");
}
