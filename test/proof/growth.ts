// The proof `growth`: what three to nine nodes do as nodes, keys, sizes of values and clients grow, one at a time, each
// row on a cluster of its own. N=3, R=W=2, an fsync before each acknowledgement, one load process, everything on this
// machine. `--quick`: fewer rows, keys and seconds. `--ten-million`: a row with 10,000,000 keys as well. A run that is
// interrupted goes on with the rows that are missing; `--again` measures all anew.
import { execFileSync } from "node:child_process";
import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { KeptRows } from "./growth/kept-rows.ts";
import { type Measured, measure } from "./growth/measure.ts";
import { axesOf, diskBytesOf, nameOf, type Point } from "./growth/points.ts";
import { between, growthTable, isMeasured, keysCost } from "./growth/table.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const form = process.argv.includes("--quick") ? "quick" : "long";
const pace =
  form === "quick" ? { seconds: 2, warmupSeconds: 1 } : { seconds: 10, warmupSeconds: 3 };
const axes = axesOf(form, process.argv.includes("--ten-million"));
const points = new Map(
  axes.flatMap((axis) => axis.points).map((point) => [nameOf(point), point] as const),
);
const commit = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], {
  cwd: root,
  encoding: "utf8",
}).trim();
const kept = new KeptRows(`${root}.coterie/growth`, `${form}-${commit}`);
if (process.argv.includes("--again")) kept.clear();

const rows = new Map<string, Measured | string>();
let turn = 0;
for (const [name, point] of points) {
  turn++;
  const say = (text: string): void => console.error(`${turn} of ${points.size}, ${name}: ${text}`);
  const row = kept.get(name) ?? (await tryToMeasure(point, say));
  if (isMeasured(row)) kept.keep(name, row);
  else say(row);
  rows.set(name, row);
}

const seconds = `${pace.seconds} s after a warm-up of ${pace.warmupSeconds} s`;
const text = [
  `One \`${form === "quick" ? "--quick" : "long"}\` run at ${commit} on ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}; ${seconds} for each figure, once.`,
  "× is the ratio to the first row in which the same column is bold; CPU is that of all nodes for one operation.",
  "",
  growthTable(axes, rows),
  "",
  keysCost(axes, rows),
].join("\n");
console.log(text);
console.log(`\nload average ${loadavg()[0]!.toFixed(1)} at the end`);

const page = `${root}docs/performance.md`;
writeFileSync(page, between(readFileSync(page, "utf8"), "growth", `\n${text}\n`));
console.error("docs/performance.md has the table");

const missed = [...rows].flatMap(([name, row]) => {
  if (!isMeasured(row)) return [`${name}: ${row}`];
  const { put, get } = row;
  const failed = put.errors + get.errors;
  if (failed === 0) return [];
  return [`${name}: ${failed} operations failed: ${put.firstError ?? get.firstError}`];
});
if (missed.length > 0) {
  console.log(`\nmissed:\n${missed.join("\n")}`);
  process.exitCode = 1;
}

/** A row that cannot be measured is told in the table, and the others go on. */
async function tryToMeasure(point: Point, say: (text: string) => void): Promise<Measured | string> {
  const { bavail, bsize } = statfsSync(tmpdir());
  const [free, needed] = [bavail * bsize, diskBytesOf(point)];
  if (free < needed) {
    const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
    return `needs ${gib(needed)} GiB in ${tmpdir()} and ${gib(free)} are free: set TMPDIR to a larger disk`;
  }
  try {
    return await measure(point, pace, say);
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
