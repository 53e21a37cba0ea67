import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { FAULT_KINDS } from "../src/fault.ts";
import { type SimulationOptions, simulate } from "../src/simulation.ts";

/** Other seeds for each commit, the same for each run of it: what failed once fails again. */
const FIRST = Number.parseInt(commit().slice(0, 7), 16);
const SEEDS = 100;
/** A slow machine plays the first of them. */
const SECONDS_MAX = 90;
/** Of so many seeds one is ambushed: these are slow, as their clients are. */
const AMBUSH_SHARE = 6;

/** Faults by lot; or an ambush of writes, of deletes or of ring changes, one after the other. */
function optionsOf(seed: number): SimulationOptions {
  const usual = { seed, nodes: 5, operations: 400, faults: FAULT_KINDS };
  if (seed % AMBUSH_SHARE > 0) return usual;
  const ambushed = { ...usual, operations: 200, ambushes: true };
  switch ((seed / AMBUSH_SHARE) % 3) {
    case 0:
      return ambushed;
    case 1:
      return { ...ambushed, deletes: true };
    default:
      return { ...ambushed, nodes: 7, ringChanges: true };
  }
}

function commandOf({ seed, nodes, operations, ...during }: SimulationOptions): string {
  const flags = [
    ...(during.ambushes ? ["--ambushes"] : []),
    ...(during.deletes ? ["--deletes"] : []),
    ...(during.ringChanges ? ["--ring-changes"] : []),
  ];
  const numbers = `--seed ${seed} --nodes ${nodes} --ops ${operations}`;
  return ["npx coterie simulate", numbers, ...flags].join(" ");
}

function commit(): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" });
  return status === 0 ? stdout : "0"; // sources without their history
}

it(`fresh seeds, from ${FIRST} on, keep what is promised`, async () => {
  const endMs = performance.now() + SECONDS_MAX * 1_000;
  for (let seed = FIRST; seed < FIRST + SEEDS && performance.now() < endMs; seed++) {
    const options = optionsOf(seed);
    const again = commandOf(options);
    const { violations } = await simulate(options).catch((error) => {
      throw new Error(`${error} (again: ${again})`, { cause: error });
    });
    expect(violations, `again: ${again}`).toEqual([]);
  }
}, 300_000);
