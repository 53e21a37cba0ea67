import type { PlannedFault } from "./fault.ts";
import { type SimulationOptions, type SimulationReport, simulate } from "./simulation.ts";

/** The smallest run found that still shows the violation. */
export interface Minimised {
  readonly options: SimulationOptions;
  readonly report: SimulationReport;
  /** Simulations that it took. */
  readonly runs: number;
}

export interface MinimiseLimits {
  /** More finds smaller schedules and takes longer. Default 200. */
  readonly runsMax?: number;
  readonly onRun?: (runs: number, faults: number) => void;
}

/**
 * Makes a failing run small: halves its operations while it still fails, then leaves out faults, half of
 * them first, at last one by one (Zeller and Hildebrandt 2002, delta debugging). "Fails" means: the
 * checker that complained first complains again.
 */
export async function minimise(
  options: SimulationOptions,
  failing: SimulationReport,
  { runsMax = 200, onRun }: MinimiseLimits = {},
): Promise<Minimised> {
  const checker = failing.violations[0]?.checker;
  let best: Minimised = { options, report: failing, runs: 0 };
  let runs = 0;
  const stillFails = async (smaller: Partial<SimulationOptions>): Promise<boolean> => {
    const tried = { ...best.options, ...smaller };
    const report = await simulate(tried);
    onRun?.(++runs, report.schedule.length);
    if (!report.violations.some((violation) => violation.checker === checker)) return false;
    best = { options: tried, report, runs };
    return true;
  };

  for (let half = options.operations >> 1; half > 0 && runs < runsMax; half >>= 1) {
    if (!(await stillFails({ operations: half }))) break;
  }
  let size = Math.ceil(best.report.schedule.length / 2);
  while (size > 0 && runs < runsMax) {
    let dropped = false;
    for (let from = 0; from < best.report.schedule.length && runs < runsMax; ) {
      const rest = best.report.schedule.toSpliced(from, size);
      if (await stillFails({ keep: numbersOf(rest) })) dropped = true;
      else from += size;
    }
    if (size === 1 && !dropped) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { ...best, runs };
}

function numbersOf(schedule: readonly PlannedFault[]): number[] {
  return schedule.map(({ number }) => number);
}
