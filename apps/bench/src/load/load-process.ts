// One process of load, started by `runBench` and told by messages what to do.
import process from "node:process";
import { fraction, SeededRandom, systemClock, systemTimers } from "@coterie/core";
import { KeySpace } from "../keys/key-space.ts";
import { operationAt, WORKLOADS } from "../workload.ts";
import { learnRecords, loadConcurrency, loadRecords } from "./load-phase.ts";
import { closedLoop, openLoop } from "./loops.ts";
import { Measurement } from "./measurement.ts";
import type { FromLoad, LoadReport, ToLoad } from "./messages.ts";
import { openTarget } from "./open-target.ts";
import { Values } from "./values.ts";

const PROGRESS_MS = 1_000;

type Prepare = Extract<ToLoad, { type: "prepare" }>;

function tell(message: FromLoad): void {
  process.send?.(message);
}

async function prepare({ plan, process: index, isNew }: Prepare): Promise<() => Promise<void>> {
  const { records, processes, seed, skew, seconds } = plan;
  const workload = WORKLOADS[plan.workload];
  const random = new SeededRandom(seed + index);
  const { target } = await openTarget(plan);
  const values = new Values(plan.fields * plan.fieldBytes);
  const distribution = plan.distribution ?? workload.distribution;
  const share = { records, process: index, processes };
  const keys = new KeySpace({ ...share, distribution, skew });
  const startMs = performance.now();
  const loaded = plan.load
    ? await loadRecords({
        target,
        values,
        share,
        isNew,
        concurrency: loadConcurrency(plan),
        onProgress: (count) => tell({ type: "loading", records: count }),
      })
    : 0;
  if (plan.learn) await learnRecords(target, records, loadConcurrency(plan));
  tell({ type: "prepared", records: loaded, seconds: (performance.now() - startMs) / 1000 });

  const operate = async (measurement: Measurement, intendedMs: number): Promise<void> => {
    const kind = operationAt(workload, fraction(random));
    try {
      if (kind === "insert") {
        const key = keys.insert();
        await target.insert(key, values.next());
        keys.acknowledge(key);
      } else {
        const key = keys.existing(random);
        if (kind !== "update") await target.read(key);
        if (kind !== "read") await target.update(key, values.next());
      }
      measurement.succeeded(kind, intendedMs, performance.now());
    } catch (error) {
      measurement.failedWith(error, intendedMs);
    }
  };

  return async () => {
    const fromMs = performance.now() + plan.warmupSeconds * 1000;
    const untilMs = fromMs + seconds * 1000;
    const measurement = new Measurement(fromMs, untilMs);
    let cpu = process.cpuUsage();
    let readsBefore = 0;
    let rssBytesMax = 0;
    setTimeout(() => {
      cpu = process.cpuUsage();
      readsBefore = target.readsBeforeWrites;
      tell({ type: "measuring" });
    }, fromMs - performance.now());
    const cpuUs = new Promise<number>((resolve) => {
      setTimeout(() => {
        const { user, system } = process.cpuUsage(cpu);
        tell({ type: "measured" });
        resolve(user + system);
      }, untilMs - performance.now());
    });
    const progress = setInterval(() => {
      rssBytesMax = Math.max(rssBytesMax, process.memoryUsage.rss());
      tell({
        type: "progress",
        operations: measurement.operations,
        errors: measurement.failed,
      });
    }, PROGRESS_MS);
    const loop = {
      clock: systemClock,
      timers: systemTimers,
      untilMs,
      operate: (intendedMs: number) => operate(measurement, intendedMs),
    };
    if (plan.loop.type === "closed") {
      await closedLoop(loop, Math.max(1, shareOf(plan.loop.concurrency, index, processes)));
    } else {
      await openLoop(loop, plan.loop.perSecond / processes);
    }
    clearInterval(progress);
    target.close();
    tell({
      type: "done",
      report: {
        operations: measurement.operations,
        seconds,
        errors: measurement.errors,
        latencies: Object.fromEntries(
          [...measurement.latencies].map(([kind, latencies]) => [kind, latencies.encode()]),
        ),
        readsBeforeWrites: target.readsBeforeWrites - readsBefore,
        cpuUs: await cpuUs,
        rssBytesMax,
        ...(measurement.firstError === undefined ? {} : { firstError: measurement.firstError }),
      } satisfies LoadReport,
    });
  };
}

/** Of a number that is to be split, as evenly as it goes. */
function shareOf(total: number, index: number, parts: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}

let run: (() => Promise<void>) | undefined;
process.on("message", (message: ToLoad) => {
  const work =
    message.type === "run"
      ? run!()
      : prepare(message).then((prepared) => {
          run = prepared;
        });
  work.catch((error: unknown) => {
    tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  });
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
