import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CHAOS_FAULTS, type ChaosFaultKind, isChaosFault } from "../chaos/chaos-fault.ts";
import { chaosProgress } from "../chaos/chaos-progress.ts";
import { keepStory, printChaos, printChaosViolations } from "../chaos/chaos-report.ts";
import { canIsolate, isIsolated, runIsolated } from "../chaos/isolated.ts";
import { runChaos } from "../chaos/run-chaos.ts";
import { unmountLeftovers } from "../chaos/small-disk.ts";
import { CliError } from "../cli-error.ts";
import { wholeNumber } from "../cluster-options.ts";
import { Supervisor } from "../supervisor.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";

interface Options {
  readonly minutes: number;
  readonly nodes: number;
  readonly seed?: number;
  readonly faults: readonly ChaosFaultKind[];
  readonly network: "auto" | "namespaces" | "proxies";
  readonly data: string;
  readonly json?: true;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description("start a local cluster, do harm to it under load, and judge what it did")
    .option("--minutes <m>", "of harm; parts of a minute too", minutes, 1)
    .option("--nodes <n>", "nodes, a process each", wholeNumber(3, 9), 5)
    .option("--seed <s>", "of the faults and the load; drawn if left out", wholeNumber(0, 2 ** 48))
    .option(
      "--faults <list>",
      `all, none, or some of ${CHAOS_FAULTS.join(",")}`,
      list,
      CHAOS_FAULTS,
    )
    .addOption(
      new Option("--network <kind>", "how it is cut; auto: namespaces as root, else TCP proxies")
        .choices(["auto", "namespaces", "proxies"])
        .default("auto"),
    )
    .option("--data <dir>", "a directory that is empty or not there yet", ".coterie/chaos")
    .option("--json", "print one line of JSON")
    .action((options: Options) => chaos(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Examples:
  ${program} chaos --minutes 20
  ${program} chaos --minutes 0.5 --faults kill,partition --seed 7

A seed fixes which faults come and when, not how the processes take them. A violation ends with exit
code 1 and the story of the key; then the data, the nodes' logs and the whole story are kept.`,
  );
}

async function chaos(terminal: Terminal, options: Options): Promise<void> {
  if (options.network !== "proxies" && !isIsolated()) {
    if (canIsolate()) {
      // It has said all there is to say.
      process.exit(await runIsolated());
    }
    if (options.network === "namespaces") {
      throw new CliError("usage", "namespaces take root, and Linux: leave --network out");
    }
  }
  const { minutes, nodes, faults } = options;
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000_000);
  const directory = resolve(options.data);
  mkdirSync(directory, { recursive: true });
  unmountLeftovers(directory);
  if (readdirSync(directory).length > 0) {
    throw new CliError("usage", `${directory} is not empty: give --data another directory`);
  }
  const supervisor = new Supervisor();
  const progress = chaosProgress(options.json ? undefined : terminal, minutes * 60_000);
  try {
    if (options.json !== true) note(terminal, `chaos over ${nodes} nodes, seed ${seed}`);
    const report = await runChaos({
      directory,
      nodes,
      seed,
      minutes,
      faults,
      onProgress: progress.step,
      cancelled: supervisor.stopAsked,
    });
    progress.end();
    const { log, violations, ...facts } = report;
    if (violations.length === 0) {
      if (options.json) print(terminal, JSON.stringify({ ...facts, violations }));
      else printChaos(terminal, report);
      rmSync(directory, { recursive: true, force: true });
      return;
    }
    const story = keepStory(directory, report);
    if (options.json) {
      print(terminal, JSON.stringify({ ...facts, violations, story }));
    } else {
      printChaos(terminal, report);
      printChaosViolations(terminal, report);
    }
    const sentence = `the store broke a promise: ${violations[0]!.detail}; data, logs and story are in ${directory}`;
    throw new CliError("violation", sentence, { seed, directory });
  } finally {
    progress.end();
    supervisor.leave();
  }
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError("It is not a number of minutes above 0.");
}

function list(text: string): readonly ChaosFaultKind[] {
  if (text === "all") return CHAOS_FAULTS;
  if (text === "none" || text === "") return [];
  return text.split(",").map((kind) => {
    if (isChaosFault(kind)) return kind;
    throw new InvalidArgumentError(`${kind} is none of ${CHAOS_FAULTS.join(", ")}.`);
  });
}
