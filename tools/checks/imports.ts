// Runs dependency-cruiser over the sources. Fails when a rule is broken, and when the cruiser did not
// see every source file: with a TypeScript beside it that it cannot use, it reads none and passes.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../workspace.ts";

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: { readonly violations: readonly unknown[]; readonly totalCruised: number };
}

const at = process.argv[2] ?? root;
const groups = ["packages", "apps"].filter((group) => existsSync(join(at, group)));

const notSources = ["dist", "node_modules", ".turbo", ".coterie"];

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notSources.includes(entry.name) ? [] : sourceFiles(path);
    return /\.ts$/.test(entry.name) ? [relative(at, path)] : [];
  });
}

const expected = groups.flatMap((group) => sourceFiles(join(at, group)));

const bin = join(root, "node_modules/.bin");
const cruised = spawnSync(
  join(bin, "depcruise"),
  [...expected, "--config", ".dependency-cruiser.cjs", "--output-type", "json"],
  { cwd: at, encoding: "utf8", maxBuffer: 1 << 28 },
);
if (!cruised.stdout.startsWith("{")) {
  console.error(cruised.stderr || cruised.stdout);
  process.exit(1);
}
const result = JSON.parse(cruised.stdout) as CruiseResult;
const seen = new Set(result.modules.map(({ source }) => source));
const unseen = expected.filter((file) => !seen.has(file));
if (unseen.length > 0) {
  console.error(`dependency-cruiser did not read ${unseen.length} of ${expected.length} files:`);
  for (const file of unseen.slice(0, 10)) console.error(`  ${file}`);
  process.exit(1);
}
if (result.summary.violations.length > 0) {
  const report = spawnSync(join(bin, "depcruise-fmt"), ["--output-type", "err", "-"], {
    cwd: at,
    encoding: "utf8",
    input: cruised.stdout,
  });
  console.error(report.stdout);
  process.exit(1);
}
console.log(`${expected.length} source files import in the direction of tools/layers.json`);
