import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { WorkspacePackage } from "./workspace.ts";

export interface Tarball {
  readonly of: WorkspacePackage;
  readonly path: string;
}

export interface Manifest {
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
}

/** Packs a package as npm would publish it. */
export function packTarball(of: WorkspacePackage, destination: string): Tarball {
  removeStaleOutputs(of.path);
  mkdirSync(destination, { recursive: true });
  const args = ["pack", "--json", "--pack-destination", destination];
  const output = execFileSync("pnpm", args, { cwd: of.path, encoding: "utf8" });
  const { filename } = JSON.parse(output) as { filename: string };
  return { of, path: join(destination, filename.split("/").at(-1) as string) };
}

/** The manifest as it is published: the workspace's own version ranges are resolved. */
export function manifestIn({ path }: Tarball): Manifest {
  return JSON.parse(
    execFileSync("tar", ["-xzOf", path, "package/package.json"], { encoding: "utf8" }),
  );
}

export function filesIn({ path }: Tarball): string[] {
  const listed = execFileSync("tar", ["-tzf", path], { encoding: "utf8" });
  return listed.split("\n").filter((file) => file !== "");
}

/** The compiler never deletes: what a renamed or removed source left behind would be published. */
function removeStaleOutputs(path: string): void {
  const dist = join(path, "dist");
  for (const entry of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const [, stem] = /^(.*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(entry) ?? [];
    if (stem !== undefined && !existsSync(join(path, "src", `${stem}.ts`))) {
      rmSync(join(dist, entry));
    }
  }
}
