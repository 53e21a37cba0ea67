// Every package as a stranger gets it: packed, checked by publint and are-the-types-wrong, installed
// in an empty project outside the workspace, its README's snippet run and type-checked there.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { readmeSnippet } from "../readme-snippet.ts";
import { packTarball } from "../tarballs.ts";
import { publishablePackages, root, type WorkspacePackage, withNeeds } from "../workspace.ts";

const packages = publishablePackages();
const outside = mkdtempSync(join(tmpdir(), "coterie-packages-"));
const bin = (name: string): string => join(root, "node_modules/.bin", name);

async function lint(tarball: string, folder: string): Promise<string[]> {
  const data = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) },
    strict: true,
  });
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`);
}

/** What only we need: tests, benchmarks, the compiler's notes. */
function strayFiles(tarball: string): string[] {
  const { stdout } = spawnSync("tar", ["-tzf", tarball], { encoding: "utf8" });
  const wanted = /^package\/(dist\/.*\.(js|d\.ts)(\.map)?|package\.json|README\.md|LICENSE)$/;
  const stray = stdout.split("\n").filter((file) => file !== "" && !wanted.test(file));
  const tests = stdout.split("\n").filter((file) => /\.test\./.test(file));
  return [...stray, ...tests].map((file) => `holds ${file}`);
}

/** The ESM-only profile: what `require` and the resolution of old Nodes make of it does not count. */
async function checkTypes(tarball: string): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (checked.types === false) return ["attw: no types"];
  return checked.problems
    .filter((problem) =>
      (["node16-esm", "bundler"] as const).some((kind) =>
        problemAffectsResolutionKind(problem, kind, checked),
      ),
    )
    .map((problem) => `attw: ${JSON.stringify(problem)}`);
}

/**
 * Installs the package and what it needs of ours in an empty project; with pnpm, because there a
 * package reaches nothing that it has not declared.
 */
function installAlone(workspacePackage: WorkspacePackage, tarballs: Map<string, string>): string[] {
  const project = join(outside, workspacePackage.short);
  mkdirSync(project);
  const dependencies = Object.fromEntries(
    withNeeds(packages, workspacePackage.name).map(({ name }) => [
      name,
      `file:${tarballs.get(name)}`,
    ]),
  );
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "stranger", private: true, type: "module", dependencies }),
  );
  writeFileSync(
    join(project, "pnpm-workspace.yaml"),
    JSON.stringify({
      overrides: dependencies,
      allowBuilds: { "better-sqlite3": false, protobufjs: false },
    }),
  );
  const install = ["install", "--prefer-offline", "--reporter=append-only"];
  const installed = spawnSync("pnpm", install, { cwd: project, encoding: "utf8" });
  if (installed.status !== 0) return [`install: ${installed.stdout}${installed.stderr}`];
  lendCompiledAddon(project);
  const { exports } = JSON.parse(readFileSync(join(workspacePackage.path, "package.json"), "utf8"));
  const entries = Object.keys(exports).filter((subpath) => subpath !== "./package.json");
  const imports = entries.map((subpath) => `import "${workspacePackage.name}${subpath.slice(1)}";`);
  writeFileSync(join(project, "entries.ts"), `${imports.join("\n")}\n`);
  const snippet = readmeSnippet(workspacePackage.path);
  if (snippet !== undefined) writeFileSync(join(project, "readme.ts"), `${snippet}\nexport {};\n`);
  return [...runFile(project, "entries.ts"), ...(snippet ? runFile(project, "readme.ts") : [])];
}

function runFile(project: string, file: string): string[] {
  const options = { cwd: project, encoding: "utf8", timeout: 60_000 } as const;
  const { status, signal, stdout, stderr } = spawnSync(bin("tsx"), [file], options);
  return status === 0 ? [] : [`${file}: exit ${status ?? signal}\n${stdout}${stderr}`];
}

/** SQLite takes a minute and a half to compile, and the workspace has it: no need to do it again. */
function lendCompiledAddon(project: string): void {
  const within = (at: string): string | undefined => {
    const store = join(at, "node_modules/.pnpm");
    const folder = readdirSync(store).find((name) => name.startsWith("better-sqlite3@"));
    return folder && join(store, folder, "node_modules/better-sqlite3");
  };
  const [from, to] = [within(root), within(project)];
  if (from === undefined || to === undefined) return;
  cpSync(join(from, "build/Release/better_sqlite3.node"), join(to, "build/better_sqlite3.node"));
}

/** Type-checks the snippets against the declarations that the tarballs carry, libraries included. */
function typeCheckSnippets(): string[] {
  writeFileSync(
    join(outside, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        noEmit: true,
        strict: true,
        module: "nodenext",
        target: "es2023",
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
      },
      include: ["*/readme.ts", "*/entries.ts"],
    }),
  );
  const checked = spawnSync(bin("tsc"), ["-p", outside], { encoding: "utf8" });
  return checked.status === 0 ? [] : [checked.stdout];
}

/** The line that `npm run pack` prints must work with npm, too; scripts would only recompile SQLite. */
function installAllWithNpm(tarballs: Map<string, string>): string[] {
  const project = join(outside, "with-npm");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const flags = [
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
  ];
  const installed = spawnSync("npm", ["install", ...flags, ...tarballs.values()], {
    cwd: project,
    encoding: "utf8",
  });
  return installed.status === 0 ? [] : [`npm install: ${installed.stdout}${installed.stderr}`];
}

let failures = 0;
function report(subject: string, faults: readonly string[]): void {
  console.log(`${faults.length === 0 ? "✓" : "x"} ${subject}`);
  for (const fault of faults) console.log(`  ${fault}`);
  failures += faults.length;
}

try {
  const tarballs = new Map<string, string>();
  for (const workspacePackage of packages.values()) {
    tarballs.set(workspacePackage.name, packTarball(workspacePackage, join(outside, "packed")));
  }
  for (const workspacePackage of packages.values()) {
    const tarball = tarballs.get(workspacePackage.name) as string;
    report(`${workspacePackage.name} alone`, [
      ...strayFiles(tarball),
      ...(await lint(tarball, workspacePackage.path)),
      ...(await checkTypes(tarball)),
      ...installAlone(workspacePackage, tarballs),
    ]);
  }
  report("entries and README snippets type-check", typeCheckSnippets());
  report("all packages in one project, with npm", installAllWithNpm(tarballs));
} finally {
  rmSync(outside, { recursive: true, force: true });
}
if (failures > 0) process.exit(1);
