// Runs the first TypeScript block of every package's README as its reader would: from the package's
// folder, through the package's name, against what was built; and type-checks them all.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readmeSnippet } from "../readme-snippet.ts";
import { publishablePackages, root } from "../workspace.ts";

/** A snippet that does not end by itself is wrong too. */
const timeoutMs = 60_000;

let failures = 0;
const written: string[] = [];
for (const { name, path } of publishablePackages().values()) {
  const block = readmeSnippet(path);
  if (block === undefined) {
    console.log(`x ${name}: no \`\`\`ts block in its README`);
    failures++;
    continue;
  }
  // Inside the package, but not under node_modules, so that its own name resolves to itself.
  const folder = join(path, ".turbo");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "readme.ts");
  writeFileSync(file, `${block}\nexport {};\n`);
  written.push(file);
  const ran = spawnSync(join(root, "node_modules/.bin/tsx"), [file], {
    cwd: path,
    encoding: "utf8",
    timeout: timeoutMs,
  });
  if (ran.status === 0) {
    console.log(`✓ ${name}`);
  } else {
    failures++;
    console.log(`x ${name}: exit ${ran.status ?? ran.signal}\n${ran.stdout}${ran.stderr}`);
  }
}

const project = join(root, ".turbo/readmes.tsconfig.json");
mkdirSync(join(root, ".turbo"), { recursive: true });
const compilerOptions = { noEmit: true, composite: false, types: ["node"], noUnusedLocals: false };
writeFileSync(
  project,
  JSON.stringify({
    extends: "../tsconfig.tests.json",
    compilerOptions,
    files: written,
    include: [],
  }),
);
const checked = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", project], {
  cwd: root,
  stdio: "inherit",
});
if (checked.status !== 0) failures++;
if (failures > 0) process.exit(1);
console.log(`${written.length} README snippets run and type-check`);
