import type { Bucket } from "@coterie/wire";
import { type Command, Option } from "commander";
import { bucketToJson, type ModeName, modes, modeToText } from "../bucket-text.ts";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions, wholeNumber } from "../cluster-options.ts";
import { durationToText, table } from "../table.ts";
import { note, print, programName, type Terminal } from "../terminal.ts";
import { ttl } from "../ttl.ts";

interface CreateOptions extends ClusterOptions {
  readonly n?: number;
  readonly r?: number;
  readonly w?: number;
  readonly rMin?: number;
  readonly wMin?: number;
  readonly mode: ModeName;
  readonly ttl?: number;
}

const COUNT_MAX = 255;

export function define(command: Command, terminal: Terminal): void {
  defineCreate(command, terminal);
  const list = command.command("list").description("all buckets that the node knows");
  addClusterOptions(list).action((options: ClusterOptions) => listAll(terminal, options));
  const show = command.command("show").description("one bucket").argument("<name>");
  addClusterOptions(show).action((name: string, options: ClusterOptions) =>
    showOne(terminal, name, options),
  );
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Examples:
  ${program} bucket create sessions --n 3 --mode lww
  ${program} bucket list
  ${program} bucket show sessions --json`,
  );
}

function defineCreate(command: Command, terminal: Terminal): void {
  const count = wholeNumber(1, COUNT_MAX);
  const create = command
    .command("create")
    .description("create a bucket; N and mode never change")
    .argument("<name>", "1 to 64 characters of A-Z a-z 0-9 . _ -")
    .option("--n <n>", "replicas of each key (default: 3)", count)
    .option("--r <n>", "answers a read waits for (default: a majority of N)", count)
    .option("--w <n>", "durable copies a write waits for (default: a majority of N)", count)
    .option("--r-min <n>", "a strict read below it is refused (default: a majority of N)", count)
    .option("--w-min <n>", "a strict write below it is refused (default: a majority of N)", count)
    .addOption(
      new Option("--mode <mode>", "siblings: keep concurrent writes; lww: the last one wins")
        .choices(Object.keys(modes))
        .default("siblings"),
    )
    .option(
      "--ttl <duration>",
      "how long a put lives that names no expiry: 90s, 15m, 12h, 30d",
      ttl,
    )
    .action((name: string, options: CreateOptions) => createOne(terminal, name, options));
  addClusterOptions(create);
  const program = programName(terminal);
  create.addHelpText(
    "after",
    `
Examples:
  ${program} bucket create carts
  ${program} bucket create sessions --ttl 30m
  ${program} bucket create metrics --n 3 --r 1 --w 1 --r-min 1 --w-min 1 --mode lww`,
  );
}

async function createOne(terminal: Terminal, name: string, options: CreateOptions): Promise<void> {
  const { n = 0, r = 0, w = 0, rMin = 0, wMin = 0, mode, ttl: ttlMs = 0 } = options;
  const bucket = { name, n, r, w, rMin, wMin, mode: modes[mode], ttlMs };
  const created = await new Cluster(options).admin((admin, call) =>
    admin.createBucket({ bucket }, call),
  );
  if (options.json) {
    const { existed } = created;
    print(terminal, JSON.stringify({ bucket: bucketToJson(created.bucket!), existed }));
    return;
  }
  print(terminal, `${created.existed ? "was there already" : "created"}: ${line(created.bucket!)}`);
}

async function listAll(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const { buckets } = await new Cluster(options).admin((admin, call) =>
    admin.listBuckets({}, call),
  );
  if (options.json) {
    print(terminal, JSON.stringify({ buckets: buckets.map(bucketToJson) }));
    return;
  }
  if (buckets.length === 0) {
    note(terminal, "no bucket yet: the first put creates one");
    return;
  }
  const head = ["bucket", "mode", "N", "R", "W", "R min", "W min", "lives"];
  print(terminal, table(terminal, head, buckets.map(row)));
}

async function showOne(terminal: Terminal, name: string, options: ClusterOptions): Promise<void> {
  const { bucket } = await new Cluster(options).admin((admin, call) =>
    admin.showBucket({ name }, call),
  );
  if (options.json) print(terminal, JSON.stringify({ bucket: bucketToJson(bucket!) }));
  else print(terminal, line(bucket!));
}

function row({ name, mode, n, r, w, rMin, wMin, ttlMs }: Bucket): string[] {
  const life = ttlMs > 0 ? durationToText(ttlMs) : "";
  return [name, modeToText(mode), ...[n, r, w, rMin, wMin].map(String), life];
}

function line({ name, mode, n, r, w, rMin, wMin, ttlMs }: Bucket): string {
  const life = ttlMs > 0 ? `  puts live ${durationToText(ttlMs)}` : "";
  return `${name}  ${modeToText(mode)}  N=${n} R=${r} W=${w}  strict minimum R=${rMin} W=${wMin}${life}`;
}
