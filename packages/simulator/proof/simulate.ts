// Many seeds of mixed faults, on all cores: tsx proof/simulate.ts [--deletes|--ambushes] [SEEDS] [OPERATIONS] [FIRST SEED].
// In pieces: COTERIE_PROOF_MINUTES ends it after so long, Ctrl-C at once, and the next run goes on from there, as
// long as the sources that decide a run are the same (simulated-sources.ts). What is printed tells of all pieces together.
import { availableParallelism } from "node:os";
import { Campaign, FAULT_KINDS, type SeedsOptions, simulateSeeds } from "@coterie/simulator";
import { KINDS, type ProofKind, type ProofState, readState, writeState } from "./proof-state.ts";

/** What is other than usual in each kind of proof. */
const RUNS: Readonly<Record<ProofKind, Pick<SeedsOptions, "nodes"> & Partial<SeedsOptions>>> = {
  simulate: { nodes: 5 },
  deletes: { nodes: 5, deletes: true },
  // Whatever is aimed at collection rounds, ring changes, or both.
  ambushes: { nodes: 7, deletes: true, ringChanges: true, ambushes: true },
};

const kind = KINDS.find((each) => process.argv.includes(`--${each}`)) ?? "simulate";
const { nodes, ...during } = RUNS[kind];
const numbers = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const [seeds = 10_000, operations = 1_000, first = 1] = numbers.map(Number);
const SAVE_SEEDS = 50;
const minutesMax = Number(process.env["COTERIE_PROOF_MINUTES"] ?? Number.POSITIVE_INFINITY);

const state = readState({ seeds, operations, first, kind });
const campaign = new Campaign(state.campaign);
let stopped = false;
process.once("SIGINT", () => {
  stopped = true;
});
await run();
print();

async function run(): Promise<void> {
  const endMs = performance.now() + minutesMax * 60_000;
  const begun = process.cpuUsage();
  const cpuBefore = state.cpuSeconds;
  const save = (): void => {
    const { user, system } = process.cpuUsage(begun);
    state.cpuSeconds = cpuBefore + (user + system) / 1e6;
    state.campaign = campaign.sums;
    writeState(state, kind);
  };
  const count = first + seeds - state.next;
  const jobs = availableParallelism();
  const options = {
    first: state.next,
    count,
    jobs,
    nodes,
    operations,
    faults: FAULT_KINDS,
    ...during,
  };
  for await (const { seed, report, fault } of simulateSeeds(options)) {
    state.next = seed + 1;
    if (report !== undefined) campaign.add(report);
    const found = report?.violations ?? [{ checker: "run", detail: fault ?? "" }];
    for (const { checker, detail } of found) state.violations.push({ seed, checker, detail });
    if (stopped || performance.now() > endMs) break;
    if (state.next % SAVE_SEEDS > 0) continue;
    save();
    const broken = new Set(state.violations.map((violation) => violation.seed));
    console.error(
      `${state.next - first} of ${seeds} seeds, violations in [${[...broken].join(" ")}]`,
    );
  }
  save();
}

function print(): void {
  const { violations, cpuSeconds, next }: ProofState = state;
  const count = (value: number): string => Math.round(value).toLocaleString("en");
  const done = next - first;
  const more = done < seeds ? `, of ${count(seeds)}: the same command goes on from there` : "";
  console.log(
    `${count(done)} seeds from ${first}, ${nodes} nodes, ${count(operations)} operations each, all faults${more}`,
  );
  console.log(`violations: ${violations.length}`);
  for (const { seed, checker, detail } of violations.slice(0, 20)) {
    console.log(`  seed ${seed}: ${checker}: ${detail.split("\n")[0]}`);
  }
  console.log(`cluster life: ${count(campaign.virtualSeconds / 3_600)} hours`);
  const speed = [
    `${count((campaign.runs * operations) / cpuSeconds)} operations/s`,
    `${count(campaign.events / cpuSeconds)} events/s`,
  ].join(", ");
  console.log(`per core: ${speed}`);
  for (const kind of ["put", "delete", "get"]) {
    const outcomes = ["ok", "failed", "inDoubt", "invalid"].map((outcome) => `${kind} ${outcome}`);
    const counts = outcomes.map((name) => `${name} ${count(campaign.calls[name] ?? 0)}`);
    console.log(`calls: ${counts.join(", ")}`);
  }
  const listed = (counts: readonly (readonly [string, number])[]): string =>
    counts.map(([name, times]) => `${name} ${count(times)}`).join(", ");
  console.log(`faults: ${listed(campaign.faults)}`);
  console.log(`states: ${listed(campaign.reached)}`);
  const all = [...campaign.faults, ...campaign.reached];
  const never = all.filter(([, times]) => times === 0).map(([name]) => name);
  console.log(`never reached: ${never.join(", ") || "none"}`);
  // Ambushes are for what they aim at.
  const isWeak = kind !== "ambushes" && done === seeds && never.length > 0;
  process.exitCode = violations.length === 0 && !isWeak ? 0 : 1;
}
