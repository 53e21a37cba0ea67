import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What decides how a seed runs: the sources of the simulator and of every package that it stands on, the wire
 * contract, and Node.js itself. In hexadecimal. A commit that changes none of them, of documents or of an
 * app, leaves it as it was; tests do not count. `root` is that of the repository.
 */
export function simulatedSources(root: string): string {
  const hash = createHash("sha256").update(process.version);
  const folders = packagesOf(root, "simulator").map((name) => join("packages", name, "src"));
  for (const folder of [...folders, "proto"]) {
    for (const file of filesOf(root, folder)) {
      hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
    }
  }
  return hash.digest("hex");
}

/** The package and all that it needs of ours, sorted: names of folders under packages/. */
function packagesOf(root: string, name: string): string[] {
  const found = new Set([name]);
  for (const each of found) {
    const file = join(root, "packages", each, "package.json");
    const { dependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(dependencies)) {
      if (dependency.startsWith("@coterie/")) found.add(dependency.slice("@coterie/".length));
    }
  }
  return [...found].sort();
}

/** Sources below a folder, sorted; what is generated from proto/ and what only tests is left out. */
function filesOf(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|proto)$/.test(file) && !/\.test\.ts$|^gen\//.test(file))
    .map((file) => join(folder, file))
    .sort();
}
