import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { Failure, root, say } from "./processes.mjs";

/** The version that `packageManager` in package.json pins. */
const pinnedPnpm = String(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager,
).replace(/^pnpm@/, "");

/** The environment of everything that we start: our tools and the pinned pnpm come first on PATH. */
export function environment() {
  const node = dirname(process.execPath);
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    COTERIE_RELEASE: lastRelease(),
    // turbo's cache knows nothing of the runtime by itself.
    COTERIE_NODE: `${process.version}-${process.platform}-${process.arch}`,
  };
  if (!process.stdout.isTTY && env["FORCE_COLOR"] === undefined) env["NO_COLOR"] = "1";
  // The headers beside this Node, if there: else node-gyp downloads them. pnpm does not read the
  // setting of the same name in the user's npmrc.
  const prefix = dirname(node);
  if (env["npm_config_nodedir"] === undefined) {
    if (existsSync(join(prefix, "include/node/node_version.h"))) env["npm_config_nodedir"] = prefix;
  }
  const path = [join(root, "node_modules/.bin"), node, process.env["PATH"] ?? ""];
  env["PATH"] = path.join(delimiter);
  const pnpm = pnpmFolder(env);
  if (pnpm !== undefined) env["PATH"] = [pnpm, env["PATH"]].join(delimiter);
  return env;
}

/**
 * The folder to put first on PATH so that `pnpm` is the pinned one; undefined when it is already.
 * turbo, too, calls `pnpm` by name, once for every task, so a link to npx would be too slow.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function pnpmFolder(env) {
  const present = spawnSync("pnpm", ["--version"], { cwd: root, env, encoding: "utf8" });
  if (present.status === 0 && present.stdout.trim() === pinnedPnpm) return undefined;
  say(`using pnpm ${pinnedPnpm} through npx (a pnpm of yours stays as it is)`);
  const npx = [
    "--yes",
    "--loglevel=error",
    `--package=pnpm@${pinnedPnpm}`,
    "-c",
    "command -v pnpm",
  ];
  const found = spawnSync("npx", npx, {
    cwd: root,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const path = found.stdout?.trim().split("\n").at(-1);
  if (found.status !== 0 || !path) {
    throw new Failure(
      `pnpm ${pinnedPnpm} could not be fetched. Check that npm reaches its registry ` +
        `(\`npm ping\`), or install it yourself: npm install --global pnpm@${pinnedPnpm}`,
    );
  }
  return dirname(path);
}

/** The last release's tag, which proto/ must stay compatible with; empty when there is none. */
function lastRelease() {
  const described = spawnSync("git", ["describe", "--tags", "--abbrev=0", "--match", "v*"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return described.status === 0 ? described.stdout.trim() : "";
}
