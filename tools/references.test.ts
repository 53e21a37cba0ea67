import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { root } from "./workspace.ts";

// turbo orders builds by package.json, the compiler by tsconfig.json. They must not disagree, or
// `tsc -b` fails on one machine and passes on another that has yesterday's build.

interface Project {
  readonly short: string;
  readonly folder: string;
  readonly needs: readonly string[];
}

const projects: Project[] = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group))
    .map((short) => join(root, group, short))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => {
      const { dependencies = {} } = load(join(folder, "package.json")) as {
        dependencies?: Record<string, string>;
      };
      const needs = Object.keys(dependencies).filter((name) => name.startsWith("@coterie/"));
      return {
        short: basename(folder),
        folder,
        needs: needs.map((name) => name.slice("@coterie/".length)).sort(),
      };
    }),
);

function load(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The folders of other packages that a tsconfig and the parts that it is made of refer to. */
function referred(tsconfig: string, seen = new Set<string>()): Set<string> {
  if (seen.has(tsconfig)) return new Set();
  seen.add(tsconfig);
  const { references = [] } = load(tsconfig) as { references?: { path: string }[] };
  const folder = dirname(tsconfig);
  const found = new Set<string>();
  for (const { path } of references) {
    const target = join(folder, path);
    const isPart = target.endsWith(".json") && dirname(target) === folder;
    for (const other of isPart ? referred(target, seen) : [target]) found.add(other);
  }
  return found;
}

test.each(projects)("$short refers to exactly the packages that it needs", ({ folder, needs }) => {
  const names = [...referred(join(folder, "tsconfig.json"))].map((path) => basename(path));
  expect(names.sort()).toEqual(needs);
});

test("the root refers to every package and app", () => {
  const all = [...referred(join(root, "tsconfig.json"))].map((path) => relative(root, path));
  expect(all.sort()).toEqual(projects.map(({ folder }) => relative(root, folder)).sort());
});
