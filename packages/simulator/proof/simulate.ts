// Many seeds of mixed faults in two processes: node proof/simulate.ts [SEEDS] [OPERATIONS] [FIRST SEED].
// With a fourth argument it is one of the two, runs its share and prints it as JSON.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FAULT_KINDS, PROTOCOL_STATES, type SimulationReport, simulate } from "@coterie/simulator";

interface Share {
  runs: number;
  events: number;
  virtualSeconds: number;
  cpuSeconds: number;
  readonly sums: Record<string, number>;
  readonly violations: {
    readonly seed: number;
    readonly checker: string;
    readonly detail: string;
  }[];
}

const [seeds = 10_000, operations = 1_000, first = 1, share] = process.argv.slice(2).map(Number);
const PROCESSES = 2;

/** Every second seed, beginning with `from`. */
async function runShare(from: number): Promise<Share> {
  const share: Share = {
    runs: 0,
    events: 0,
    virtualSeconds: 0,
    cpuSeconds: 0,
    sums: {},
    violations: [],
  };
  for (let seed = from; seed < first + seeds; seed += PROCESSES) {
    try {
      addTo(share, await simulate({ seed, nodes: 5, operations, faults: FAULT_KINDS }));
    } catch (error) {
      share.violations.push({ seed, checker: "run", detail: String(error) });
    }
    share.runs++;
    // An interrupted proof has said so much.
    if (share.runs % 50 === 0) {
      const seen = share.violations.map((violation) => violation.seed);
      console.error(`${share.runs} seeds from ${from} on, violations: [${seen.join(" ")}]`);
    }
  }
  const { user, system } = process.cpuUsage();
  share.cpuSeconds = (user + system) / 1e6;
  return share;
}

function addTo(share: Share, report: SimulationReport): void {
  share.events += report.events;
  share.virtualSeconds += report.virtualSeconds;
  for (const counts of [report.calls, report.faults, report.reached]) {
    for (const [name, count] of Object.entries(counts)) {
      share.sums[name] = (share.sums[name] ?? 0) + count;
    }
  }
  for (const { checker, detail } of report.violations) {
    share.violations.push({ seed: report.seed, checker, detail });
  }
}

async function startShare(from: number): Promise<Share> {
  const self = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, self, ...[seeds, operations, first, from].map(String)];
  const running = promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  running.child.stderr?.pipe(process.stderr);
  return JSON.parse((await running).stdout) as Share;
}

function print(shares: readonly Share[]): void {
  const total = (of: (share: Share) => number): number =>
    shares.reduce((sum, each) => sum + of(each), 0);
  const sum = (name: string): number => total(({ sums }) => sums[name] ?? 0);
  const count = (value: number): string => Math.round(value).toLocaleString("en");
  const list = (names: readonly string[]): string =>
    names.map((name) => `${name} ${count(sum(name))}`).join(", ");
  const runs = total((share) => share.runs);
  const cpu = total((share) => share.cpuSeconds);
  const violations = shares.flatMap((share) => share.violations);
  console.log(
    `${count(runs)} seeds from ${first}, 5 nodes, ${count(operations)} operations each, all faults`,
  );
  console.log(`violations: ${violations.length}`);
  for (const { seed, checker, detail } of violations.slice(0, 20))
    console.log(`  seed ${seed}: ${checker}: ${detail}`);
  console.log(`cluster life: ${count(total((share) => share.virtualSeconds) / 3_600)} hours`);
  console.log(
    `per CPU second: ${count((runs * operations) / cpu)} operations, ${count(total((share) => share.events) / cpu)} events`,
  );
  const outcomes = ["ok", "failed", "inDoubt", "invalid"];
  for (const kind of ["put", "delete", "get"]) {
    console.log(`calls: ${list(outcomes.map((outcome) => `${kind} ${outcome}`))}`);
  }
  console.log(`faults: ${list(FAULT_KINDS)}`);
  console.log(`states: ${list(PROTOCOL_STATES)}`);
  const never = [...FAULT_KINDS, ...PROTOCOL_STATES].filter((name) => sum(name) === 0);
  console.log(`never reached: ${never.join(", ") || "none"}`);
  process.exitCode = violations.length === 0 && never.length === 0 ? 0 : 1;
}

if (share === undefined) {
  print(await Promise.all(Array.from({ length: PROCESSES }, (_, i) => startShare(first + i))));
} else {
  process.stdout.write(JSON.stringify(await runShare(share)));
}
