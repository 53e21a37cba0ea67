import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CampaignSums } from "@coterie/simulator";

/** How far the proof has come, over all its pieces. */
export interface ProofState {
  /** What is proved of what: another one begins anew. */
  readonly of: string;
  /** The first seed that is not done. */
  next: number;
  cpuSeconds: number;
  campaign: CampaignSums | undefined;
  readonly violations: {
    readonly seed: number;
    readonly checker: string;
    readonly detail: string;
  }[];
}

const FILE = fileURLToPath(new URL("../../../.coterie/simulate-proof.json", import.meta.url));

/** The state that an earlier piece has left; fresh, if it proved something else, or all is done. */
export function readState(options: {
  seeds: number;
  operations: number;
  first: number;
  deletes: boolean;
}): ProofState {
  const of = JSON.stringify({ ...options, commit: commit() });
  const last = options.first + options.seeds;
  try {
    const state = JSON.parse(readFileSync(FILE, "utf8")) as ProofState;
    if (state.of === of && state.next < last) return state;
  } catch {
    // There is none.
  }
  return { of, next: options.first, cpuSeconds: 0, campaign: undefined, violations: [] };
}

export function writeState(state: ProofState): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(state));
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
}
