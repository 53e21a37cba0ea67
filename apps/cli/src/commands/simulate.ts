import {
  Campaign,
  FAULT_KINDS,
  type FaultKind,
  isFaultKind,
  minimise,
  type SimulationOptions,
  type SimulationReport,
  simulateSeeds,
} from "@coterie/simulator";
import { type Command, InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import { wholeNumber } from "../cluster-options.ts";
import { simulationBar } from "../simulate/simulation-bar.ts";
import { printCampaign, type Speed } from "../simulate/simulation-summary.ts";
import { printViolation, replayCommand } from "../simulate/violation-report.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";

interface Options {
  readonly seed?: number;
  readonly seeds: number;
  readonly nodes: number;
  readonly ops: number;
  readonly jobs: number;
  readonly faults: readonly FaultKind[];
  readonly keep?: readonly number[];
  readonly ringChanges?: boolean;
  readonly deletes?: true;
  readonly ambushes?: true;
  readonly minimise: boolean;
  readonly json?: true;
}

const SEED_MAX = 2 ** 48;

export function define(command: Command, terminal: Terminal): void {
  command
    .description("run whole clusters on virtual time, under faults, and judge what they did")
    .option("--seed <s>", "the first seed; drawn if left out", wholeNumber(0, SEED_MAX))
    .option("--seeds <count>", "how many seeds, one run each", wholeNumber(1, 1_000_000), 1)
    .option("--nodes <n>", "nodes of each cluster", wholeNumber(2, 50), 5)
    .option("--jobs <n>", "seeds at a time, a thread each", wholeNumber(1, 64), 1)
    .option("--ops <m>", "calls of all clients in a run", wholeNumber(1, 1_000_000), 1_000)
    .option(
      "--faults <list>",
      `all, none, or some of ${FAULT_KINDS.join(",")}`,
      faultList,
      FAULT_KINDS,
    )
    .option(
      "--keep <numbers>",
      "of the faults that the seed plans only these: 3,17 or none",
      numberList,
    )
    .option("--ring-changes", "operators change the ring in every seed, not in every third")
    .option("--no-ring-changes", "operators change the ring in no seed")
    .option("--deletes", "as many deletes as puts, and collection that never rests")
    .option("--ambushes", "each seed also aims faults at steps of one protocol")
    .option("--no-minimise", "do not look for a smaller run that fails as well")
    .option("--json", "print one line of JSON")
    .action((options: Options) => runSimulations(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Examples:
  ${program} simulate --seeds 1000 --jobs 4
  ${program} simulate --seed 7 --faults crash,partition --ops 5000

The same seed is the same run. A violation ends with exit code 1, and says how to see it again.`,
  );
}

async function runSimulations(terminal: Terminal, options: Options): Promise<void> {
  const { nodes, ops, faults, keep, ringChanges, deletes, ambushes } = options;
  const first = options.seed ?? Math.floor(Math.random() * 1_000_000_000);
  const campaign = new Campaign();
  const bar = simulationBar(terminal, options.json === undefined ? options.seeds : 0);
  const began = process.cpuUsage();
  let failed: SimulationReport | undefined;
  let failedOptions: SimulationOptions | undefined;
  const run = {
    nodes,
    operations: ops,
    faults,
    ...(keep && { keep }),
    ...(ringChanges !== undefined && { ringChanges }),
    ...(deletes && { deletes }),
    ...(ambushes && { ambushes }),
  };
  const count = options.seeds;
  for await (const result of simulateSeeds({ ...run, first, count, jobs: options.jobs })) {
    const { seed, report, fault } = result;
    bar.step(`seed ${seed}`);
    if (report === undefined) throw brokenRun(terminal, { ...run, seed }, fault);
    campaign.add(report);
    if (report.violations.length === 0) continue;
    failed = report;
    failedOptions = { ...run, seed };
    break;
  }
  bar.end();
  const { user, system } = process.cpuUsage(began);
  const speed: Speed = { operations: campaign.runs * ops, cpuSeconds: (user + system) / 1e6 };
  if (failed === undefined) {
    if (options.json) print(terminal, JSON.stringify(toJson(first, campaign, speed)));
    else printCampaign(terminal, first, campaign, speed);
    return;
  }

  const replay = replayCommand(terminal, failedOptions!);
  const sentence = `seed ${failed.seed} breaks a promise of the store: ${failed.violations[0]!.detail}`;
  if (options.json) {
    print(
      terminal,
      JSON.stringify({ ...toJson(first, campaign, speed), violations: failed.violations, replay }),
    );
    throw new CliError("violation", sentence, { seed: failed.seed, replay });
  }
  printCampaign(terminal, first, campaign, speed);
  let smallest = { options: failedOptions!, report: failed };
  if (options.minimise) {
    note(terminal, "looking for a smaller run that fails as well");
    const shrinking = simulationBar(terminal, MINIMISE_RUNS);
    smallest = await minimise(failedOptions!, failed, {
      runsMax: MINIMISE_RUNS,
      onRun: (_, left) => shrinking.step(`${left} faults left`),
    });
    shrinking.end();
  }
  printViolation(terminal, { seen: failed, replay, smallest });
  throw new CliError("violation", sentence, { seed: failed.seed, replay });
}

const MINIMISE_RUNS = 150;

/** An assertion of the store ended the run: there is nothing left to judge. */
function brokenRun(terminal: Terminal, options: SimulationOptions, fault: string): CliError {
  const replay = replayCommand(terminal, options);
  const [what = "", ...where] = fault.split("\n");
  if (where.length > 0) note(terminal, where.join("\n"));
  const sentence = `seed ${options.seed} ended its run: ${what} (again: ${replay})`;
  return new CliError("violation", sentence, { seed: options.seed, replay });
}

function toJson(seed: number, campaign: Campaign, { operations, cpuSeconds }: Speed) {
  const { runs, events, virtualSeconds, calls, faults, reached } = campaign;
  return {
    seed,
    seeds: runs,
    operations,
    events,
    virtualSeconds: Math.round(virtualSeconds),
    cpuSeconds,
    operationsPerSecond: Math.round(operations / cpuSeconds),
    eventsPerSecond: Math.round(events / cpuSeconds),
    calls,
    faults: Object.fromEntries(faults),
    reached: Object.fromEntries(reached),
    neverReached: [...faults, ...reached].filter(([, count]) => count === 0).map(([name]) => name),
  };
}

function faultList(text: string): readonly FaultKind[] {
  if (text === "all") return FAULT_KINDS;
  if (text === "none" || text === "") return [];
  return text.split(",").map((kind) => {
    if (isFaultKind(kind)) return kind;
    throw new InvalidArgumentError(`${kind} is none of ${FAULT_KINDS.join(", ")}.`);
  });
}

function numberList(text: string): readonly number[] {
  return text === "none" ? [] : text.split(",").map(wholeNumber(1, SEED_MAX));
}
