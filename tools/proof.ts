// `npm run proof -- NAME`: runs one of tools/proofs.json. What it prints on stdout is its result and
// goes, with the commit and the kind of machine, to docs/results/NAME.md; stderr is for progress.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, homedir, platform, totalmem } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./workspace.ts";

interface Proof {
  readonly summary: string;
  readonly minutes: number;
  readonly command: readonly [string, ...string[]];
  /** Words that may follow the name. */
  readonly flags?: readonly string[];
}

const proofs = JSON.parse(readFileSync(join(root, "tools/proofs.json"), "utf8")) as Record<
  string,
  Proof
>;

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
}

function commit(): string {
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs") !== "";
  return git("rev-parse", "--short=12", "HEAD") + (changed ? ", with uncommitted changes" : "");
}

function machine(): string {
  const processors = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim()}, ${gib} GiB, ${platform()}, Node ${process.versions.node}`;
}

function run([program, ...args]: Proof["command"]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["inherit", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const [name = "", ...rest] = process.argv.slice(2);
const proof = proofs[name];
if (proof === undefined || rest.some((word) => !(proof.flags ?? []).includes(word))) {
  const flags = proof?.flags ?? [];
  const also = flags.length === 0 ? "" : `; ${name} takes ${flags.join(" ")}`;
  console.error(
    `usage: npm run proof -- NAME, with one of ${Object.keys(proofs).join(", ")}${also}`,
  );
  process.exit(2);
}

const began = new Date();
const commitAtStart = commit();
const { code, output } = await run([...proof.command, ...rest]);
const seconds = Math.round((Date.now() - began.getTime()) / 1000);
const text = stripVTControlCharacters(output).replaceAll(root, ".").replaceAll(homedir(), "~");

const page = `# ${name}

${proof.summary}.

| | |
|---|---|
| result | ${code === 0 ? "passed" : `**failed** (exit code ${code})`} |
| commit | ${commitAtStart} |
| date | ${began.toISOString().slice(0, 10)} |
| took | ${seconds} s |
| machine | ${machine()} |
| again | \`npm run proof -- ${[name, ...rest].join(" ")}\` |

\`\`\`text
${text.trim()}
\`\`\`
`;
const file = join(root, "docs/results", `${name}.md`);
mkdirSync(join(root, "docs/results"), { recursive: true });
writeFileSync(file, page);
console.error(`docs/results/${name}.md written`);
process.exit(code);
