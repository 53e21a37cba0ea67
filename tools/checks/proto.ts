// The wire contract in proto/: linted, formatted, and compatible with the last release. (Generated
// code cannot be stale: it is not committed, and every build of packages/wire writes it anew.)
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.ts";

const at = process.argv[2] ?? root;
const release = process.env["COTERIE_RELEASE"] ?? "";

function buf(...args: string[]): boolean {
  const { status } = spawnSync(join(root, "node_modules/.bin/buf"), args, {
    cwd: at,
    stdio: "inherit",
  });
  if (status !== 0) console.error(`failed: buf ${args.join(" ")}`);
  return status === 0;
}

const results = [
  buf("lint", "proto"),
  buf("format", "--diff", "--exit-code", "proto"),
  ...(release !== "" && existsSync(join(at, ".git"))
    ? [buf("breaking", "proto", "--against", `.git#tag=${release},subdir=proto`)]
    : []),
];
if (results.includes(false)) process.exit(1);
const compatible = release === "" ? "no release to compare with yet" : `compatible with ${release}`;
console.log(`proto/ is linted and formatted; ${compatible}`);
