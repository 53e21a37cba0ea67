import { readFileSync, writeFileSync } from "node:fs";
import {
  type BenchPlan,
  type BenchResult,
  PLAN_DEFAULTS,
  runBench,
  WORKLOAD_NAMES,
  WORKLOADS,
} from "@coterie/bench";
import { CoterieError } from "@coterie/client";
import { type Command, InvalidArgumentError, Option } from "commander";
import { benchProgress } from "../bench/bench-progress.ts";
import { printComparison, printResult } from "../bench/bench-report.ts";
import { CliError } from "../cli-error.ts";
import { clusterAddresses } from "../cluster-address.ts";
import { DEFAULT_CLUSTER, wholeNumber } from "../cluster-options.ts";
import { print, programName, type Terminal } from "../terminal.ts";

interface Options extends Omit<BenchPlan, "addresses" | "loop" | "warmupSeconds"> {
  readonly cluster: string;
  readonly concurrency: number;
  readonly rate?: number;
  readonly warmup: number;
  readonly out?: string;
  readonly json?: true;
}

const COUNT_MAX = 50_000_000;

export function define(command: Command, terminal: Terminal): void {
  const of = PLAN_DEFAULTS;
  const [zero, one] = [wholeNumber(0, 1_000_000), wholeNumber(1, 1_000_000)];
  command
    .description("load a cluster, and measure what it does")
    .addOption(
      new Option("--cluster <addr,…>", "some of its nodes")
        .default(DEFAULT_CLUSTER)
        .env("COTERIE_CLUSTER"),
    )
    .addOption(
      new Option("--workload <name>", "what is done").choices(WORKLOAD_NAMES).default(of.workload),
    )
    .option("--records <count>", "keys", wholeNumber(1, COUNT_MAX), of.records)
    .option("--seconds <s>", "that are measured", one, of.seconds)
    .option("--warmup <s>", "before that, not measured", zero, of.warmupSeconds)
    .option("--concurrency <n>", "clients that each wait for their answer", one, 64)
    .option("--rate <ops/s>", "instead: so many a second, answered or not", one)
    .option("--processes <n>", "load processes", wholeNumber(1, 256), of.processes)
    .option("--bucket <name>", "bucket; made if it is not there", of.bucket)
    .addOption(
      new Option("--mode <mode>", "of the bucket").choices(["siblings", "lww"]).default(of.mode),
    )
    .option("--n <n>", "replicas, of a bucket that is made", wholeNumber(1, 64))
    .option("--r <r>", "answers that a read waits for", wholeNumber(1, 64))
    .option("--w <w>", "durable copies that a write waits for", wholeNumber(1, 64))
    .option("--strict", "count primaries only", of.strict)
    .option("--fields <count>", "of a record", one, of.fields)
    .option("--field-bytes <bytes>", "size of a field", wholeNumber(1, 1 << 20), of.fieldBytes)
    .addOption(
      new Option("--distribution <name>", "of the keys asked for; default: the workload's").choices(
        ["uniform", "zipfian", "latest"],
      ),
    )
    .option("--skew <s>", "of hot keys, between 0 and 1", skew, of.skew)
    .option("--seed <seed>", "of the load", wholeNumber(0, 2 ** 48), of.seed)
    .option("--timeout-ms <ms>", "of each call", wholeNumber(1, 3_600_000), of.timeoutMs)
    .option("--calls-max <n>", "calls under way at once, a process", one, of.callsMax)
    .option("--no-load", "the keys are there from a run before")
    .option("--learn", "read each key first, so that no measured update has to", false)
    .option("--out <file>", "keep the result as JSON, for compare")
    .option("--json", "print one line of JSON")
    .action((options: Options) => bench(terminal, options));
  command
    .command("compare")
    .description("two results of `bench --out` or `bench --json` side by side")
    .argument("<before>", "file")
    .argument("<after>", "file")
    .action((before: string, after: string) => {
      printComparison(terminal, readResult(before), readResult(after));
    });
  const program = programName(terminal);
  const workloads = Object.entries(WORKLOADS).map(([name, { summary, distribution }]) => {
    return `  ${name.padEnd(4)} ${summary} (${distribution})`;
  });
  command.addHelpText(
    "after",
    `
Workloads: a, b, c, d and f are those of YCSB.
${workloads.join("\n")}

Examples:
  ${program} bench --workload a --records 100000 --seconds 15 --concurrency 64
  ${program} bench --workload put --rate 1000 --no-load --out after.json
  ${program} bench compare before.json after.json

Latency counts from when an operation was to start. The CPU of nodes is told where they run on this machine.`,
  );
}

async function bench(terminal: Terminal, options: Options): Promise<void> {
  const { cluster, concurrency, rate, warmup, out, json, ...rest } = options;
  const plan: BenchPlan = {
    ...rest,
    addresses: clusterAddresses(cluster),
    warmupSeconds: warmup,
    loop: rate === undefined ? { type: "closed", concurrency } : { type: "open", perSecond: rate },
    callsMax: Math.max(options.callsMax, concurrency),
  };
  const progress = benchProgress(terminal, plan);
  try {
    const result = await runBench(plan, progress);
    progress.end();
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(result)}\n`);
    if (json) print(terminal, JSON.stringify(result));
    else printResult(terminal, result);
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    throw new CliError(error.code === "INVALID" ? "usage" : "unavailable", error.message);
  } finally {
    progress.end();
  }
}

function readResult(file: string): BenchResult {
  let result: Partial<BenchResult>;
  try {
    result = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CliError("usage", `${file} cannot be read as a result: ${(error as Error).message}`);
  }
  if (result.latencyMs === undefined || result.plan === undefined) {
    throw new CliError("usage", `${file} is no result of \`bench --out\` or \`bench --json\``);
  }
  return result as BenchResult;
}

function skew(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("It is not a number between 0 and 1.");
}
