import type { NodeId } from "@coterie/core";
import type { SwimConfig } from "../src/config.ts";
import type { Effect } from "../src/effects.ts";
import { type NetworkFaults, type SimulatedProcess, SwimSimulation } from "../src/testing.ts";

export type Observe = (process: SimulatedProcess, effect: Effect, nowMs: number) => void;

/** Members `m0` … that know one another and have spread over their first period. */
export class Cluster {
  readonly ids: readonly NodeId[];
  readonly sim: SwimSimulation;
  /** Sees effects from now on; undefined for none. */
  observe: Observe | undefined;

  constructor(
    members: number,
    seed: number,
    options: { config?: Partial<SwimConfig>; network?: Partial<NetworkFaults> } = {},
  ) {
    this.ids = Array.from({ length: members }, (_, i) => `m${i}`);
    this.sim = new SwimSimulation({
      seed,
      ...options,
      observe: (process, effect, nowMs) => this.observe?.(process, effect, nowMs),
    });
    this.sim.assemble(this.ids);
    this.sim.run(5_000);
  }

  /** Whether every running member holds `id` in that state. */
  allHold(id: NodeId, state: "alive" | "dead"): boolean {
    return this.sim.processes.every(
      (process) => process.id === id || process.swim.member(id)?.state === state,
    );
  }

  /** Whether every running member holds every other alive at the incarnation it is at. */
  agrees(): boolean {
    const { processes } = this.sim;
    return processes.every(({ swim }) =>
      processes.every((other) => {
        const held = swim.member(other.id);
        return held?.state === "alive" && held.incarnation === other.swim.self?.incarnation;
      }),
    );
  }
}

export interface Summary {
  readonly mean: number;
  /** Standard error of the mean. */
  readonly error: number;
  readonly max: number;
}

export function summary(samples: readonly number[]): Summary {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const error = Math.sqrt(squares / Math.max(1, samples.length - 1) / samples.length);
  return { mean, error, max: Math.max(...samples) };
}
