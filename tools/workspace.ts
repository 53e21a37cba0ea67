import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

export interface WorkspacePackage {
  readonly name: string;
  /** The folder's name: `hash-ring` of `@coterie/hash-ring`. */
  readonly short: string;
  readonly path: string;
  /** Names of the workspace packages that it needs at run time. */
  readonly needs: readonly string[];
}

/** Every package under packages/, by name, read from `at` (the repository, or a copy of it). */
export function publishablePackages(at = root): Map<string, WorkspacePackage> {
  const found = new Map<string, WorkspacePackage>();
  for (const short of readdirSync(join(at, "packages")).sort()) {
    const path = join(at, "packages", short);
    if (!existsSync(join(path, "package.json"))) continue;
    const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    const needs = Object.entries(manifest.dependencies ?? {})
      .filter(([, range]) => range.startsWith("workspace:"))
      .map(([name]) => name);
    found.set(manifest.name, { name: manifest.name, short, path, needs });
  }
  return found;
}

/** `name` and all that it needs, itself last. */
export function withNeeds(
  packages: ReadonlyMap<string, WorkspacePackage>,
  name: string,
): WorkspacePackage[] {
  const collected = new Set<WorkspacePackage>();
  const visit = (visited: string): void => {
    const found = packages.get(visited);
    if (found === undefined || collected.has(found)) return;
    for (const need of found.needs) visit(need);
    collected.add(found);
  };
  visit(name);
  return [...collected];
}
