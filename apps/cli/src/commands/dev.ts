import { type Command, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { wholeNumber } from "../cluster-options.ts";
import { type ClusterDirectory, openClusterDirectory } from "../dev/cluster-directory.ts";
import { loadDemo } from "../dev/demo.ts";
import { DevReporter, QUORUM } from "../dev/dev-reporter.ts";
import { freePorts } from "../dev/free-ports.ts";
import { LocalCluster } from "../dev/local-cluster.ts";
import { progressBar } from "../dev/progress-bar.ts";
import { Supervisor } from "../supervisor.ts";
import { programName, type Terminal } from "../terminal.ts";

interface Options {
  readonly nodes?: number;
  readonly basePort: number;
  readonly data: string;
  readonly fresh?: true;
  readonly restart: boolean;
  readonly demo?: true;
  readonly json?: true;
}

const NODES_MAX = 32;

export function define(command: Command, terminal: Terminal): void {
  command
    .option("--nodes <n>", "how many (default: 3, or what --data has)", wholeNumber(1, NODES_MAX))
    .addOption(
      new Option("--base-port <port>", "the first node's; the others follow. 0: any free ones")
        .argParser(wholeNumber(0, 65_535 - NODES_MAX))
        .default(7400),
    )
    .addOption(new Option("--data <dir>", "where all of it is kept").default(".coterie/dev"))
    .option("--fresh", "erase what --data has from earlier, and begin anew")
    .option("--no-restart", "leave a node that died dead, and say how to bring it back")
    .option("--demo", "then load a public data set, 8,000 languages, and read it back")
    .option("--json", "print one line of JSON when it is ready; events as JSON on stderr")
    .action((options: Options) => dev(terminal, options));
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
Ctrl-C stops all nodes; their data stays, and the next start has it again. A node that dies is said
and, after a second, started again.

Examples:
  ${program} dev
  ${program} dev --nodes 5 --base-port 7500 --data ./five
  ${program} dev --fresh --no-restart      to kill nodes by hand and see what happens`,
  );
}

async function dev(terminal: Terminal, options: Options): Promise<void> {
  const supervisor = new Supervisor();
  try {
    const fresh = options.fresh === true;
    const directory = openClusterDirectory(options.data, { nodes: options.nodes, fresh });
    try {
      if (options.demo && directory.nodes < QUORUM) {
        throw new CliError("usage", `--demo writes through quorums of ${QUORUM}: give --nodes 3`);
      }
      await runCluster(terminal, directory, supervisor, options);
    } finally {
      directory.release();
    }
  } finally {
    supervisor.leave();
  }
}

async function runCluster(
  terminal: Terminal,
  directory: ClusterDirectory,
  supervisor: Supervisor,
  options: Options,
): Promise<void> {
  const reporter = new DevReporter(terminal, options.json === true);
  const cluster: LocalCluster = new LocalCluster({
    directory,
    addresses: await addresses(options.basePort, directory.nodes),
    restart: options.restart,
    events: {
      died: (node, reason) =>
        reporter.died(node.spec, reason, options.restart, cluster.beginningAgain(node)),
      back: (node) => reporter.back(node),
      gaveUp: (node) => reporter.gaveUp(node.spec, cluster.beginningAgain(node)),
    },
  });
  reporter.starting(directory);
  try {
    await bringUp(terminal, cluster, supervisor, reporter, options);
    await supervisor.stopAsked;
    reporter.stopping();
  } finally {
    await cluster.stop();
  }
}

/** Until all is up and said, or somebody asked for the end. */
async function bringUp(
  terminal: Terminal,
  cluster: LocalCluster,
  supervisor: Supervisor,
  reporter: DevReporter,
  { demo }: Options,
): Promise<void> {
  const { stopAsked } = supervisor;
  const nodes = cluster.nodes.map(({ spec }) => spec.address);
  try {
    await cluster.start(stopAsked);
    if (supervisor.isStopAsked) return;
    reporter.ready(cluster.nodes);
    if (demo) reporter.demo(await loadDemo(nodes, progressBar(terminal), stopAsked), nodes.length);
    reporter.next(cluster.nodes, demo === true);
  } catch (error) {
    if (!supervisor.isStopAsked) throw error;
  }
}

async function addresses(basePort: number, count: number): Promise<string[]> {
  const ports =
    basePort === 0
      ? await freePorts(count)
      : Array.from({ length: count }, (_, index) => basePort + index);
  return ports.map((port) => `127.0.0.1:${port}`);
}
