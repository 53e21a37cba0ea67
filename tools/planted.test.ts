import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "./workspace.ts";

// A check that reads nothing passes everything. Each test plants a violation in a copy of the
// repository and sees it caught, by name.

let copy = "";

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "coterie-planted-"));
  for (const name of readdirSync(root)) {
    if ([".git", "node_modules", ".turbo", ".coterie", "packed", "docs"].includes(name)) continue;
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\/(dist|\.turbo|\.coterie|\.cache|\.vite)$/.test(path),
    });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

function load(file: string): unknown {
  return createRequire(import.meta.url)(join(copy, file));
}

function plant(file: string, ...lines: string[]): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), `${lines.join("\n")}\n`);
}

function run(program: string, ...args: string[]): { failed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin", program), args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { failed: status !== 0, output: stdout + stderr };
}

const cruise = (): { failed: boolean; output: string } =>
  run("tsx", join(root, "tools/checks/imports.ts"), copy);

describe("the cruiser of imports", () => {
  test("names every rule of its configuration when each is broken once", () => {
    const { layers } = load("tools/layers.json") as { layers: Record<string, number> };
    const outOfReach: Record<string, string> = {
      "storage-sqlite": "@coterie/transport-grpc",
      "transport-grpc": "@coterie/client",
    };
    for (const name of readdirSync(join(copy, "packages"))) {
      if (layers[name] === undefined) continue;
      const target = outOfReach[name] ?? "@coterie/storage-sqlite";
      plant(`packages/${name}/src/planted.ts`, `import "${target}";`);
    }
    plant("packages/core/src/files.ts", 'import "node:fs";', 'import "fast-check";');
    plant("packages/quorum/src/messages.ts", 'import "@bufbuild/protobuf";');
    plant("packages/storage-sqlite/src/hash.ts", 'import "xxhash-wasm";', 'import "fast-check";');
    plant("packages/storage-sqlite/src/undeclared.ts", 'import "knip";');
    plant("apps/cli/src/base.ts", "export const base = 1;");
    plant("packages/transport-grpc/src/upward.ts", 'import "../../../apps/cli/src/base.ts";');
    plant("packages/versions/src/sideways.ts", 'import "../../core/src/index.ts";');
    plant("packages/wire/src/planted.ts", 'import "@coterie/core";');
    plant("packages/client/src/core/planted.ts", 'import "@grpc/grpc-js";', 'import "node:dns";');
    plant("apps/cli/src/planted.ts", 'import "../../../tools/workspace.ts";');
    plant("packages/vector-clock/src/one.ts", 'import "./two.ts";');
    plant("packages/vector-clock/src/two.ts", 'import "./one.ts";', 'import "./nowhere.ts";');
    plant("packages/hybrid-clock/src/alone.ts", "export const alone = 1;");
    plant("packages/quorum/src/tests.ts", 'import "./late.test.ts";');
    plant("packages/quorum/src/late.test.ts", "export const late = 1;");

    const { failed, output } = cruise();
    expect(failed).toBe(true);
    const { forbidden } = load(".dependency-cruiser.cjs") as { forbidden: { name: string }[] };
    const broken = new Set([...output.matchAll(/error ([\w-]+): /g)].map(([, rule]) => rule));
    expect([...broken].sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  test("asks where a package without a layer stands", () => {
    plant("packages/stray/package.json", '{ "name": "@coterie/stray" }');
    expect(cruise().output).toContain("no layer for stray");
  });

  test("fails when it did not read every source file", () => {
    renameSync(join(copy, ".dependency-cruiser.cjs"), join(copy, "seeing.cjs"));
    plant(
      ".dependency-cruiser.cjs",
      'const { forbidden, options } = require("./seeing.cjs");',
      'module.exports = { forbidden, options: { ...options, exclude: "^packages/swim" } };',
    );
    const { failed, output } = cruise();
    expect(failed).toBe(true);
    expect(output).toContain("dependency-cruiser did not read");
  });
});

describe("the linter", () => {
  test("catches hidden time, chance and waiting in the lower layers", () => {
    plant(
      "packages/merkle-tree/src/planted.ts",
      "declare function setTimeout(callback: () => void): void;",
      "export const drawn = [Math.random(), Date.now(), performance.now(), new WeakRef({})];",
      "export const signal = AbortSignal.timeout(3);",
      "export async function wait(): Promise<void> {",
      "  await wait();",
      "  console.log(process.argv, Buffer.alloc(1));",
      "}",
    );
    const { failed, output } = run("biome", "lint", "packages/merkle-tree");
    expect(failed).toBe(true);
    for (const fault of [
      "Do not use 'Math.random'",
      "Do not use the global variable Date",
      "Do not use the global variable performance",
      "Do not use the global variable WeakRef",
      "Do not use the global variable AbortSignal",
      "Do not use the global variable process",
      "Do not use the global variable Buffer",
      "Don't use console",
      "Layers 0 to 3 declare no globals",
      "Layers 0 to 2 wait for nothing",
    ]) {
      expect(output).toContain(fault);
    }
  });

  test("guards every package of layers 0 to 3, and of 0 to 2 against waiting", () => {
    const { layers, onVirtualTime } = load("tools/layers.json") as {
      layers: Record<string, number>;
      onVirtualTime: string[];
    };
    const overrides = (load("biome.json") as { overrides: { includes: string[] }[] }).overrides;
    const guarded = overrides.map(({ includes }) =>
      includes
        .flatMap(
          (glob) => /^packages\/\{(.*)\}\/src\/\*\*\/\*\.ts$/.exec(glob)?.[1]?.split(",") ?? [],
        )
        .sort(),
    );
    const upTo = (layer: number): string[] =>
      Object.keys(layers).filter((name) => (layers[name] as number) <= layer);
    expect(guarded).toEqual([[...upTo(3), ...onVirtualTime].sort(), upTo(2).sort()]);
  });

  test("catches a file of more than 300 lines", () => {
    plant(
      "packages/swim/src/long.ts",
      ...Array.from({ length: 301 }, (_, i) => `export const a${i} = ${i};`),
    );
    expect(run("biome", "lint", "packages/swim/src/long.ts").output).toContain(
      "noExcessiveLinesPerFile",
    );
  });
});

describe("the other checks", () => {
  test("knip catches an export, a file and a dependency that nothing uses", () => {
    plant("packages/swim/src/planted.ts", "export const used = 1;", "export const idle = 2;");
    plant("packages/swim/src/stray.ts", "export const stray = 1;");
    plant("packages/swim/src/index.ts", 'export { used } from "./planted.ts";');
    const manifest = load("packages/swim/package.json") as { dependencies?: object };
    manifest.dependencies = { ...manifest.dependencies, "lru-cache": "catalog:" };
    plant("packages/swim/package.json", JSON.stringify(manifest));
    const { failed, output } = run("knip", "--no-progress", "--no-config-hints");
    expect(failed).toBe(true);
    expect(output).toMatch(/^idle\s+packages\/swim\/src\/planted\.ts/m);
    expect(output).toMatch(/^packages\/swim\/src\/stray\.ts/m);
    expect(output).toMatch(/^lru-cache\s+packages\/swim\/package\.json/m);
  });

  test("sherif catches two versions of one dependency", () => {
    for (const [name, version] of [
      ["swim", "3.1.0"],
      ["quorum", "3.2.0"],
    ]) {
      const manifest = load(`packages/${name}/package.json`) as { devDependencies: object };
      manifest.devDependencies = { ...manifest.devDependencies, zz: version };
      plant(`packages/${name}/package.json`, JSON.stringify(manifest));
    }
    const { failed, output } = run("sherif", "--fail-on-warnings");
    expect(failed).toBe(true);
    expect(output).toContain("multiple-dependency-versions");
  });

  test("buf catches a message that breaks the contract's style", () => {
    plant(
      "proto/coterie/v1/planted.proto",
      'syntax = "proto3";',
      "package coterie.v1;",
      "message bad {}",
    );
    const { failed, output } = run("tsx", join(root, "tools/checks/proto.ts"), copy);
    expect(failed).toBe(true);
    expect(output).toContain("PascalCase");
  });
});
