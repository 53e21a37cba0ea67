import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Failure, root, run, say } from "./processes.mjs";

/** Two at least: while one task waits for a disk or a timer, another computes. */
const concurrency = Math.max(2, Math.min(8, availableParallelism()));
export const turboFlags = [`--concurrency=${concurrency}`, "--ui=stream", "--no-update-notifier"];

const stampPath = join(root, "node_modules/.coterie-installed");

/** @param {NodeJS.ProcessEnv} env */
export async function install(env) {
  const stamp = { lockfile: fingerprint("pnpm-lock.yaml"), abi: process.versions.modules };
  const previous = readStamp();
  const warm = previous.lockfile === stamp.lockfile && previous.abi === stamp.abi;
  if (!warm) say("installing (the first time takes minutes: better-sqlite3 is compiled)");
  const reporter = warm ? "silent" : process.stdout.isTTY ? "default" : "append-only";
  let code = await pnpm(env, ["install", "--frozen-lockfile", `--reporter=${reporter}`]);
  if (code !== 0 && warm) code = await pnpm(env, ["install", "--frozen-lockfile"]);
  if (code === 0 && previous.abi !== undefined && previous.abi !== stamp.abi) {
    say("another version of Node than last time: compiling better-sqlite3 for it");
    code = await pnpm(env, ["rebuild", "--recursive", "better-sqlite3"]);
  }
  if (code !== 0) {
    throw new Failure(
      "The installation failed; the reason stands above. If it names a download, check that npm " +
        "reaches its registry (`npm ping`). If it names better-sqlite3, the compiler's messages " +
        "say what is missing. If it calls pnpm-lock.yaml outdated, a package.json was changed: run " +
        "`pnpm install` and commit the lockfile. Then run the same command again.",
    );
  }
  writeFileSync(stampPath, JSON.stringify(stamp));
}

/** @param {NodeJS.ProcessEnv} env */
export async function build(env) {
  const beganMs = Date.now();
  const turbo = ["run", "build", ...turboFlags];
  let code = await run("turbo", [...turbo, "--output-logs=new-only"], {
    env: { ...env, NO_COLOR: "1" },
    stopAfterSignal: true,
    onLine: process.stderr.isTTY ? showProgress() : () => {},
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  if (code !== 0) {
    // Once more for the messages: all that could be built is cached by now.
    const loud = ["--output-logs=errors-only", "--log-order=grouped"];
    code = await run("turbo", [...turbo, ...loud], { env, stopAfterSignal: true });
  }
  if (code !== 0) throw new Failure("The build failed; the compiler's messages stand above.");
  say(`built in ${((Date.now() - beganMs) / 1000).toFixed(1)} s`);
}

/** One line that counts the packages as turbo comes to them. */
function showProgress() {
  let total = 0;
  let begun = 0;
  return (/** @type {string} */ line) => {
    total = Number(/Running build in (\d+) packages/.exec(line)?.[1] ?? total);
    const [, name] = /^(\S+):build: cache (?:miss|hit)/.exec(line) ?? [];
    if (name === undefined) return;
    begun++;
    process.stderr.write(`\r\u001b[Kcoterie: building ${begun}/${total} ${name}`);
  };
}

/** Makes `npx coterie` work in the root. (pnpm links commands at install, before there is a build.) */
export function linkCommand() {
  if (!existsSync(join(root, "apps/cli/dist/main.js"))) return;
  const link = join(root, "node_modules/.bin/coterie");
  rmSync(link, { force: true });
  symlinkSync("../../apps/cli/bin/coterie", link);
}

/** @param {NodeJS.ProcessEnv} env @param {string[]} args */
function pnpm(env, args) {
  return run("pnpm", args, { env, stopAfterSignal: true });
}

/** @param {string} file */
function fingerprint(file) {
  return createHash("sha256")
    .update(readFileSync(join(root, file)))
    .digest("hex");
}

/** @returns {{ lockfile?: string, abi?: string }} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return {};
  }
}
