// Proof: what a newcomer does. Clones the last commit, with a package store of its own so that
// everything is downloaded and compiled, and runs `npm test` twice.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./workspace.ts";

const temporary = mkdtempSync(join(tmpdir(), "coterie-clone-"));
const clone = join(temporary, "coterie");
const env = {
  ...process.env,
  npm_config_store_dir: join(temporary, "store"),
};

interface Run {
  readonly seconds: number;
  readonly tasks: string;
  readonly verdict: string;
  readonly passed: boolean;
}

function test(label: string): Run {
  console.error(`${label}: npm test`);
  const beganMs = Date.now();
  const { status, stdout } = spawnSync("npm", ["--silent", "test"], {
    cwd: clone,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
  const seconds = Math.round((Date.now() - beganMs) / 1000);
  const lines = stdout.trim().split("\n");
  const [tasks = "", verdict = ""] = lines.slice(-2);
  if (status !== 0) console.error(lines.slice(-60).join("\n"));
  return { seconds, tasks, verdict, passed: status === 0 };
}

try {
  execFileSync("git", ["clone", "--quiet", root, clone]);
  const runs = [test("cold"), test("warm")];
  for (const [index, { seconds, tasks, verdict }] of runs.entries()) {
    console.log(`${index === 0 ? "cold" : "warm"}: ${seconds} s; ${tasks}; ${verdict}`);
  }
  process.exitCode = runs.every(({ passed }) => passed) ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
