import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** A command's module; loaded only when the command is asked for, so that `--help` is quick. */
interface CommandModule {
  /** Adds arguments, options, examples and the action. */
  define(command: Command, terminal: Terminal): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** In the order of `--help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: "dev",
    summary: "run a local cluster, one process a node",
    load: () => import("./commands/dev.ts"),
  },
  {
    name: "node",
    summary: "run one storage node in the foreground",
    load: () => import("./commands/node.ts"),
  },
  { name: "put", summary: "write a value", load: () => import("./commands/put.ts") },
  { name: "get", summary: "read a key", load: () => import("./commands/get.ts") },
  { name: "delete", summary: "delete a key", load: () => import("./commands/delete.ts") },
  {
    name: "import",
    summary: "load a file of JSON lines",
    load: () => import("./commands/import.ts"),
  },
  {
    name: "export",
    summary: "write every live key of a bucket to a file",
    load: () => import("./commands/export.ts"),
  },
  {
    name: "bucket",
    summary: "create, list and show buckets",
    load: () => import("./commands/bucket.ts"),
  },
  {
    name: "status",
    summary: "the nodes and their state",
    load: () => import("./commands/status.ts"),
  },
  { name: "ring", summary: "who owns how much", load: () => import("./commands/ring.ts") },
  {
    name: "explain",
    summary: "where a key lives and what each replica holds",
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "members",
    summary: "who is in the cluster, and how each answers",
    load: () => import("./commands/members.ts"),
  },
  {
    name: "watch",
    summary: "members, phi and hints, live",
    load: () => import("./commands/watch.ts"),
  },
  {
    name: "hints",
    summary: "writes kept for replicas that missed them",
    load: () => import("./commands/hints.ts"),
  },
  {
    name: "repair",
    summary: "compare replicas and repair what differs, now",
    load: () => import("./commands/repair.ts"),
  },
  {
    name: "backup",
    summary: "copy a node's database while it runs",
    load: () => import("./commands/backup.ts"),
  },
  {
    name: "restore",
    summary: "make a data directory of a backup",
    load: () => import("./commands/restore.ts"),
  },
  {
    name: "quarantine",
    summary: "put a stopped node's damaged files aside",
    load: () => import("./commands/quarantine.ts"),
  },
  {
    name: "bench",
    summary: "load a cluster, and measure what it does",
    load: () => import("./commands/bench.ts"),
  },
  {
    name: "simulate",
    summary: "run clusters on virtual time, under faults, and judge them",
    load: () => import("./commands/simulate.ts"),
  },
  {
    name: "chaos",
    summary: "do harm to a local cluster of processes under load, and judge it",
    load: () => import("./commands/chaos.ts"),
  },
];
