// The proof `ceilings`: what the parts that the engine is made of do on this machine when nothing else is asked of
// them. `throughput` measures the engine as a share of the last of them.
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import {
  PLAN_DEFAULTS,
  runBench,
  runSkeleton,
  sqliteCeiling,
  streamCeiling,
  syncCeiling,
} from "@coterie/bench";
import { textTable, thousands } from "../bench/text-table.ts";
import { temporaryDirectory } from "../cluster/real-cluster.ts";

const isQuick = process.argv.includes("--quick");
const SECONDS = isQuick ? 1 : 5;
const RECORDS = isQuick ? 10_000 : 100_000;
/** A row of the engine: a value of 100 bytes, its clock, its checksum. */
const ROW_BYTES = 200;

const directory = temporaryDirectory();
const before = loadavg()[0]!;
try {
  const sync = syncCeiling(directory.path, SECONDS);
  const rows: string[][] = [
    ["4 KiB and fdatasync", `${thousands(1000 / sync.mean)}/s`, `p50 ${sync.p50}, p99 ${sync.p99}`],
  ];
  for (const batch of [1, 64, 256]) {
    const options = { batch, seconds: SECONDS, rowBytes: ROW_BYTES, records: RECORDS };
    const rate = sqliteCeiling(directory.path, options);
    rows.push([`SQLite, durable, ${batch} rows a transaction`, `${thousands(rate)} rows/s`, ""]);
  }
  for (const inFlight of [64, 256]) {
    const rate = await streamCeiling(inFlight, SECONDS, ROW_BYTES);
    rows.push([`gRPC stream, gathered, ${inFlight} in flight`, `${thousands(rate)} calls/s`, ""]);
  }
  const skeletonDirectory = join(directory.path, "skeleton");
  mkdirSync(skeletonDirectory);
  const skeleton = await runSkeleton(skeletonDirectory);
  try {
    let load = true;
    for (const workload of ["put", "get"] as const) {
      for (const concurrency of [64, 256]) {
        const name = `skeleton, ${workload}, ${concurrency} in flight`;
        console.error(name);
        const { throughput, latencyMs } = await runBench({
          ...PLAN_DEFAULTS,
          workload,
          load,
          addresses: skeleton.addresses,
          records: RECORDS,
          seconds: SECONDS,
          warmupSeconds: isQuick ? 1 : 3,
          loop: { type: "closed", concurrency },
        });
        load = false;
        const { p50, p99 } = latencyMs;
        rows.push([name, `${thousands(throughput)}/s`, `p50 ${p50}, p99 ${p99}`]);
      }
    }
  } finally {
    await skeleton.close();
  }
  console.log(textTable(["ceiling", "rate", "ms"], rows));
  const after = loadavg()[0]!;
  console.log(
    `\nrows of ${ROW_BYTES} bytes, ${thousands(RECORDS)} of them; load average ${before.toFixed(1)} before, ${after.toFixed(1)} after`,
  );
} finally {
  directory.remove();
}
