import { parentPort } from "node:worker_threads";
import { type SimulationOptions, simulate } from "./simulation.ts";

// One thread of `simulateSeeds`: a message is a run to do, the answer is what it came to.
parentPort!.on("message", async (options: SimulationOptions) => {
  try {
    const report = await simulate(options);
    // The log is long; only a run that failed is read.
    const log = report.violations.length > 0 ? report.log : [];
    parentPort!.postMessage({ seed: options.seed, report: { ...report, log } });
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    parentPort!.postMessage({ seed: options.seed, fault });
  }
});
