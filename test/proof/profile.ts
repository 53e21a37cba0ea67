// The proof `profile`: where three nodes spend their time under puts and under gets, 64 in flight. Flame graphs go to
// .coterie/profile: open them in speedscope or in Chrome's DevTools.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PLAN_DEFAULTS, runBench } from "@coterie/bench";
import { type CpuProfile, slice, stagesOf } from "../bench/cpu-profile.ts";
import { textTable } from "../bench/text-table.ts";
import { freePorts } from "../cluster/free-ports.ts";
import { RealCluster, temporaryDirectory } from "../cluster/real-cluster.ts";

interface Phase {
  readonly workload: "put" | "get";
  readonly fromUs: number;
  readonly operations: number;
}

const SECONDS = process.argv.includes("--quick") ? 2 : 10;
const RECORDS = process.argv.includes("--quick") ? 2_000 : 20_000;
const THREADS = ["event loop", "shard thread"] as const;

const profiles = temporaryDirectory();
// `coterie` runs the `node` of the path: here one that writes profiles.
const path = temporaryDirectory();
const flags = `--cpu-prof --cpu-prof-dir=${profiles.path}`;
const shim = `#!/bin/sh\nexec "${process.execPath}" ${flags} "$@"\n`;
writeFileSync(join(path.path, "node"), shim, { mode: 0o755 });
const via = ["sh", "-c", `PATH="${path.path}:$PATH" exec "$0" "$@"`];
const places = (await freePorts(3)).map((port) => {
  const address = `127.0.0.1:${port}`;
  return { listen: address, advertise: address, via };
});
const cluster = await RealCluster.startAt(places);
const phases: Phase[] = [];
try {
  for (const workload of ["put", "get"] as const) {
    let fromUs = 0;
    const { operations } = await runBench(
      {
        ...PLAN_DEFAULTS,
        workload,
        addresses: cluster.nodes.map(({ address }) => address),
        records: RECORDS,
        load: workload === "put",
        seconds: SECONDS,
      },
      {
        onMeasuring: () => {
          fromUs = Number(process.hrtime.bigint() / 1000n);
        },
      },
    );
    phases.push({ workload, fromUs, operations });
  }
} finally {
  // The profiles are written when the nodes end.
  await cluster.stop();
}

const kept = resolve(".coterie/profile");
rmSync(kept, { recursive: true, force: true });
mkdirSync(kept, { recursive: true });
/** Microseconds an operation, by thread and stage, for each phase. */
const cells = new Map<string, number[]>();
for (const name of readdirSync(profiles.path)) {
  const isMain = /\.0\.\d+\.cpuprofile$/.test(name);
  const thread = THREADS[isMain ? 0 : 1];
  const whole = JSON.parse(readFileSync(join(profiles.path, name), "utf8")) as CpuProfile;
  for (const [index, { workload, fromUs, operations }] of phases.entries()) {
    const part = slice(whole, fromUs, fromUs + SECONDS * 1_000_000);
    writeFileSync(
      join(kept, `${workload}-${thread.replace(" ", "-")}-${name}`),
      JSON.stringify(part),
    );
    for (const [stage, us] of stagesOf(part)) {
      const key = `${thread}: ${stage}`;
      const row = cells.get(key) ?? phases.map(() => 0);
      row[index]! += us / operations;
      cells.set(key, row);
    }
  }
}
profiles.remove();
path.remove();
const rows = [...cells]
  .filter(([, row]) => row.some((us) => us >= 0.5))
  .sort((a, b) => b[1][0]! - a[1][0]!)
  .map(([stage, row]) => [stage, ...row.map((us) => us.toFixed(1))]);
const totals = phases.map((_, index) =>
  [...cells.values()].reduce((sum, row) => sum + row[index]!, 0),
);
rows.push(["all", ...totals.map((us) => us.toFixed(1))]);
console.log(textTable(["all three nodes together", "µs a put", "µs a get"], rows));
console.log(
  "\nSampled time, not CPU: what a thread waits inside a call (a commit for its disk) counts, idle time does not; on a busy machine waiting for a processor counts, too. The profiler itself slows the nodes.",
);
if (totals.some((us) => !(us > 0))) process.exitCode = 1;
