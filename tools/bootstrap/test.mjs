import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { countTests } from "./count.mjs";
import { failuresOf } from "./failures.mjs";
import { Failure, root, run } from "./processes.mjs";
import { build, linkCommand, turboFlags } from "./steps.mjs";

/** What `npm test` runs beside the `test` of every package; each is a script of the root. */
const checks = [
  "lint",
  "typecheck:tests",
  "deps",
  "knip",
  "sherif",
  "proto",
  "readmes",
  "packages",
];
const suites = ["test", "test:tools"];

/** @typedef {import("./count.mjs").Count} Count */
/** @typedef {{ taskId: string, task: string, logFile: string, execution?: { exitCode: number | null }, cache: { status: string } }} Task */

/**
 * Builds, runs everything of the short tier and prints `N passed, N failed` as its last line.
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(env) {
  try {
    await build(env);
  } catch (error) {
    // The tests of what does build still run; the build that failed is counted below.
    if (!(error instanceof Failure) || error.exitCode !== 1) throw error;
  }
  linkCommand();
  const summaries = join(root, ".turbo/runs");
  rmSync(summaries, { recursive: true, force: true });
  const flags = ["--continue=dependencies-successful", "--summarize", "--output-logs=new-only"];
  const order = process.stdout.isTTY ? "stream" : "grouped";
  const code = await run(
    "turbo",
    ["run", ...suites, ...checks, ...flags, `--log-order=${order}`, ...turboFlags],
    { env, stopAfterSignal: true },
  );
  const tasks = readTasks(summaries);
  const total = { passed: 0, failed: 0 };
  for (const task of tasks) {
    const { passed, failed } = count(task);
    total.passed += passed;
    total.failed += failed;
    if (failed === 0) continue;
    // Said again, for what was said at once is far above, and a log may be kept from its end.
    console.log(`failed: ${task.taskId}${failed > 1 ? ` (${failed})` : ""}`);
    console.log(failuresOf(readLog(task)).replace(/^/gm, "  "));
  }
  const ours = tasks.filter(({ task }) => [...suites, ...checks].includes(task));
  const cached = ours.filter(({ cache }) => cache.status === "HIT").length;
  if (code !== 0 && total.failed === 0) total.failed = 1; // turbo itself failed, and said why
  console.log(
    `${ours.length} suites and checks, ${cached} of them unchanged since they last passed`,
  );
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return code !== 0 || total.failed > 0 ? 1 : 0;
}

/** @param {string} folder @returns {Task[]} */
function readTasks(folder) {
  if (!existsSync(folder)) return [];
  const [summary] = readdirSync(folder).filter((name) => name.endsWith(".json"));
  if (summary === undefined) return [];
  return JSON.parse(readFileSync(join(folder, summary), "utf8")).tasks;
}

/**
 * A suite counts its tests, a check counts as one, a build only when it failed (and then for what
 * could not be tested without it). A suite that failed without a failed test, because it could not
 * load, counts one failure.
 *
 * @param {Task} task
 * @returns {Count}
 */
function count(task) {
  const ok = task.execution?.exitCode === 0 || task.cache.status === "HIT";
  if (!suites.includes(task.task)) {
    return { passed: ok && checks.includes(task.task) ? 1 : 0, failed: ok ? 0 : 1 };
  }
  if (!ok && task.execution === undefined) return { passed: 0, failed: 1 };
  const { passed, failed } = countTests(readLog(task));
  return { passed, failed: ok ? failed : Math.max(1, failed) };
}

/** @param {Task} task */
function readLog(task) {
  const log = join(root, task.logFile);
  return existsSync(log) ? readFileSync(log, "utf8") : "";
}
