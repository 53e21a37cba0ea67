import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CampaignSums } from "@coterie/simulator";
import { simulatedSources } from "./simulated-sources.ts";

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

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export const KINDS = ["simulate", "deletes", "ambushes"] as const;

export type ProofKind = (typeof KINDS)[number];

/** Each kind of proof has a file of its own, so that they can be run in turns. */
function fileOf(kind: ProofKind): string {
  return join(ROOT, ".coterie", `${kind}-proof.json`);
}

/** The state that an earlier piece has left; fresh, if it proved something else, or all is done. */
export function readState(options: {
  seeds: number;
  operations: number;
  first: number;
  kind: ProofKind;
}): ProofState {
  const of = JSON.stringify({ ...options, sources: simulatedSources(ROOT) });
  const last = options.first + options.seeds;
  try {
    const state = JSON.parse(readFileSync(fileOf(options.kind), "utf8")) as ProofState;
    if (state.of === of && state.next < last) return state;
  } catch {
    // There is none.
  }
  return { of, next: options.first, cpuSeconds: 0, campaign: undefined, violations: [] };
}

export function writeState(state: ProofState, kind: ProofKind): void {
  const file = fileOf(kind);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(state));
}
