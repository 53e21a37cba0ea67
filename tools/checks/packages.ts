// Every package as a stranger gets it: packed, checked by publint and are-the-types-wrong, installed
// in an empty project outside the workspace, its README's snippet run and type-checked there.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { Stranger } from "../stranger.ts";
import { filesIn, manifestIn, packTarball, type Tarball } from "../tarballs.ts";
import { publishablePackages, withNeeds } from "../workspace.ts";

async function lint(tarball: Tarball): Promise<string[]> {
  const data = readFileSync(tarball.path);
  const { messages } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) },
    strict: true,
  });
  const manifest = { ...manifestIn(tarball) };
  return messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`);
}

/** The ESM-only profile: what `require` and the resolution of old Nodes make of it does not count. */
async function checkTypes({ path }: Tarball): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(path)));
  if (checked.types === false) return ["attw: no types"];
  return checked.problems
    .filter((problem) =>
      (["node16-esm", "bundler"] as const).some((kind) =>
        problemAffectsResolutionKind(problem, kind, checked),
      ),
    )
    .map((problem) => `attw: ${JSON.stringify(problem)}`);
}

/** What only we need: tests, benchmarks, the compiler's notes. */
function strayFiles(tarball: Tarball): string[] {
  const wanted = /^package\/(dist\/.*\.(js|d\.ts)(\.map)?|package\.json|README\.md|LICENSE)$/;
  return filesIn(tarball)
    .filter((file) => !wanted.test(file) || file.includes(".test."))
    .map((file) => `holds ${file}`);
}

let failures = 0;
function report(subject: string, faults: readonly string[]): void {
  console.log(`${faults.length === 0 ? "✓" : "x"} ${subject}`);
  for (const fault of faults) console.log(`  ${fault}`);
  failures += faults.length;
}

const outside = mkdtempSync(join(tmpdir(), "coterie-packages-"));
try {
  const packages = publishablePackages();
  const stranger = new Stranger(outside);
  const tarballs = new Map<string, Tarball>();
  for (const [name, workspacePackage] of packages) {
    tarballs.set(name, packTarball(workspacePackage, join(outside, "packed")));
  }
  for (const [name, tarball] of tarballs) {
    const needed = withNeeds(packages, name).map((need) => tarballs.get(need.name) as Tarball);
    report(`${name} alone`, [
      ...strayFiles(tarball),
      ...(await lint(tarball)),
      ...(await checkTypes(tarball)),
      ...stranger.installAlone(needed),
    ]);
  }
  report("entries and README snippets type-check", stranger.typeCheck());
  report("all packages in one project, with npm", stranger.installWithNpm([...tarballs.values()]));
} finally {
  rmSync(outside, { recursive: true, force: true });
}
if (failures > 0) process.exit(1);
