import { deepStrictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RealCluster } from "../cluster/real-cluster.ts";
import { type City, cities, writeNdjson } from "./cities.ts";
import { viaNode } from "./via-node.ts";

interface Summary {
  readonly records: number;
  readonly failed: number;
  readonly seconds: number;
}

interface ExportedLine {
  readonly key: string;
  readonly values: readonly City[];
  readonly context: string;
}

/**
 * Imports real records at N=3 R=W=2 while one node is killed with SIGKILL and restarted; reads each back
 * through each node; exports; imports once more. Throws at the first thing that is not as it must be;
 * `tell` hears what was found.
 */
export async function importUnderKill(
  count: number,
  options: readonly string[],
  tell: (line: string) => void,
): Promise<void> {
  const records = cities(count);
  const cluster = await RealCluster.start(3);
  try {
    const file = join(cluster.directory, "cities.ndjson");
    writeNdjson(file, records);
    const importing = cluster.run(["import", "cities", file, "--key", "id", "--json", ...options]);
    let ended = false;
    void importing.then(() => {
      ended = true;
    });
    const killedAt = await reached(file, count / 3, () => ended);
    await cluster.kill("n2");
    const restartedAt = await reached(file, killedAt + count / 5, () => ended);
    await cluster.restart("n2");
    const first = summary(await importing);
    tell(
      `import: ${first.records} records in ${first.seconds} s, ${first.failed} failed; n2 killed after line ${killedAt}, restarted after line ${restartedAt}`,
    );
    deepStrictEqual({ ...first, seconds: 0 }, { records: count, failed: 0, seconds: 0 });
    await cluster.settled();

    for (const { id, address } of cluster.nodes) {
      const seconds = await readBack(address, records);
      tell(`read back through ${id}: ${count} equal, in ${seconds} s`);
    }

    const exported = await exportAll(cluster, "first.ndjson");
    tell(`export: ${exported.lines.size} keys in ${exported.seconds} s`);
    deepStrictEqual(exported.lines.size, count);
    for (const record of records) deepStrictEqual(exported.lines.get(record.id)?.values, [record]);

    const again = summary(
      await cluster.run(["import", "cities", file, "--key", "id", "--json", ...options]),
    );
    deepStrictEqual({ ...again, seconds: 0 }, { records: count, failed: 0, seconds: 0 });
    const after = await exportAll(cluster, "second.ndjson");
    deepStrictEqual(after.lines, exported.lines, "the second import changed something");
    tell(
      `second import: ${again.records} records in ${again.seconds} s, and the export is the same, contexts included`,
    );
  } finally {
    await cluster.stop();
  }
}

function summary({ code, stdout, stderr }: Awaited<ReturnType<RealCluster["run"]>>): Summary {
  deepStrictEqual(code, 0, stderr);
  return JSON.parse(stdout) as Summary;
}

/** Resolves to the line that the import's checkpoint names, once it is at `line`. */
async function reached(file: string, line: number, ended: () => boolean): Promise<number> {
  for (;;) {
    if (ended()) throw new Error(`the import ended before line ${line}: take more records`);
    try {
      const { lines } = JSON.parse(readFileSync(`${file}.coterie-import`, "utf8"));
      if (lines >= line) return lines as number;
    } catch {
      // Not written yet.
    }
    await sleep(20);
  }
}

async function readBack(address: string, records: readonly City[]): Promise<number> {
  const beganMs = Date.now();
  await using store = await viaNode(address);
  const bucket = store.bucket<City>("cities");
  const reads = await bucket.getMany(
    records.map(({ id }) => id),
    { concurrency: 512 },
  );
  for (const record of records) {
    const read = reads.get(record.id);
    deepStrictEqual(read?.kind === "value" ? read.value : read, record);
  }
  return (Date.now() - beganMs) / 1000;
}

async function exportAll(
  cluster: RealCluster,
  name: string,
): Promise<{ lines: Map<string, ExportedLine>; seconds: number }> {
  const file = join(cluster.directory, name);
  const { seconds, records } = summary(await cluster.run(["export", "cities", file, "--json"]));
  const lines = new Map<string, ExportedLine>();
  for (const text of readFileSync(file, "utf8").split("\n")) {
    if (text === "") continue;
    const line = JSON.parse(text) as ExportedLine;
    deepStrictEqual(lines.has(line.key), false, `${line.key} was exported twice`);
    lines.set(line.key, line);
  }
  deepStrictEqual(lines.size, records);
  return { lines, seconds };
}
