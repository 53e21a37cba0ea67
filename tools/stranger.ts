import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readmeSnippet } from "./readme-snippet.ts";
import { manifestIn, type Tarball } from "./tarballs.ts";
import { root } from "./workspace.ts";

const bin = (name: string): string => join(root, "node_modules/.bin", name);

/** An empty project of someone who has our tarballs and nothing else of ours. */
export class Stranger {
  /** A folder outside the workspace; each project is a folder in it. */
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Installs the last of `tarballs` and what it needs (the others), imports its every entry, and runs its
   * README's snippet. With pnpm, because there a package reaches nothing that it has not declared; the
   * libraries that the snippet itself imports are installed beside, at the version the package declares.
   */
  installAlone(tarballs: readonly Tarball[]): string[] {
    const alone = tarballs.at(-1) as Tarball;
    const { name, short, path: source } = alone.of;
    const { exports, dependencies } = manifestIn(alone);
    const snippet = readmeSnippet(source);
    const ours = Object.fromEntries(tarballs.map(({ of, path }) => [of.name, `file:${path}`]));
    const beside = Object.entries(dependencies ?? {}).filter(
      ([library]) => !(library in ours) && snippet?.includes(`from "${library}`),
    );
    const project = this.#project(short, { ...ours, ...Object.fromEntries(beside) });
    writeFileSync(
      join(project, "pnpm-workspace.yaml"),
      JSON.stringify({
        overrides: ours,
        allowBuilds: { "better-sqlite3": false, protobufjs: false },
      }),
    );
    const install = ["install", "--prefer-offline", "--reporter=append-only"];
    const installed = spawnSync("pnpm", install, { cwd: project, encoding: "utf8" });
    if (installed.status !== 0) return [`install: ${installed.stdout}${installed.stderr}`];
    lendCompiledAddon(project);
    const entries = Object.keys(exports)
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => `import "${name}${subpath.slice(1)}";`);
    return [
      ...runFile(project, "entries.ts", entries.join("\n")),
      ...(snippet === undefined ? [] : runFile(project, "readme.ts", snippet)),
    ];
  }

  /** The line that `npm run pack` prints must work with npm; scripts would only recompile SQLite. */
  installWithNpm(tarballs: readonly Tarball[]): string[] {
    const project = this.#project("with-npm", {});
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    const { status, stdout, stderr } = spawnSync(
      "npm",
      ["install", "--loglevel=error", ...flags, ...tarballs.map(({ path }) => path)],
      { cwd: project, encoding: "utf8" },
    );
    return status === 0 ? [] : [`npm install: ${stdout}${stderr}`];
  }

  /** Type-checks all entries and snippets against the declarations that the tarballs carry. */
  typeCheck(): string[] {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: "nodenext",
      target: "es2023",
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    const include = ["*/readme.ts", "*/entries.ts"];
    writeFileSync(
      join(this.#folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include }),
    );
    const { status, stdout } = spawnSync(bin("tsc"), ["-p", this.#folder], { encoding: "utf8" });
    return status === 0 ? [] : [stdout];
  }

  #project(folder: string, dependencies: Record<string, string>): string {
    const project = join(this.#folder, folder);
    mkdirSync(project);
    const manifest = { name: "stranger", private: true, type: "module", dependencies };
    writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
    return project;
  }
}

function runFile(project: string, file: string, text: string): string[] {
  writeFileSync(join(project, file), `${text}\nexport {};\n`);
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
