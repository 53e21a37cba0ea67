import { Worker } from "node:worker_threads";
import { setEngineFlags } from "./engine-flags.ts";
import type { SimulationOptions, SimulationReport } from "./simulation.ts";

/** What one seed came to: its report, or the assertion of the store that ended the run. */
export type SeedResult =
  | { readonly seed: number; readonly report: SimulationReport; readonly fault?: undefined }
  | { readonly seed: number; readonly report?: undefined; readonly fault: string };

export interface SeedsOptions extends Omit<SimulationOptions, "seed"> {
  readonly first: number;
  readonly count: number;
  /** Threads; each is worth a core. */
  readonly jobs: number;
}

/** How far the threads may be ahead of the slowest seed, each. */
const AHEAD = 16;

/**
 * Runs many seeds, several at a time, and tells of them in their order. Leaving the loop ends the threads. The
 * log of a run without a violation is left out.
 */
export async function* simulateSeeds(options: SeedsOptions): AsyncGenerator<SeedResult, void> {
  const { first, count, jobs, ...run } = options;
  const results = new Map<number, SeedResult>();
  const idle: Worker[] = [];
  let next = first;
  let due = first;
  let wake = (): void => {};
  let failure: unknown;
  const give = (): void => {
    while (idle.length > 0 && next < first + count && next < due + jobs * AHEAD) {
      idle.pop()!.postMessage({ ...run, seed: next++ } satisfies SimulationOptions);
    }
  };
  setEngineFlags();
  const workers = Array.from({ length: Math.min(jobs, count) }, () => {
    const worker = new Worker(new URL("./seed-worker.js", import.meta.url));
    worker.on("message", (result: SeedResult) => {
      results.set(result.seed, result);
      idle.push(worker);
      give();
      wake();
    });
    worker.on("error", (error) => {
      failure = error;
      wake();
    });
    idle.push(worker);
    return worker;
  });
  try {
    for (; due < first + count; due++) {
      give();
      for (; !results.has(due); ) {
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      yield results.get(due)!;
      results.delete(due);
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
