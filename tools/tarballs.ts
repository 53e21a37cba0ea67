import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { WorkspacePackage } from "./workspace.ts";

/** Packs `workspacePackage` as npm would publish it and returns the tarball's path. */
export function packTarball(workspacePackage: WorkspacePackage, destination: string): string {
  removeStaleOutputs(workspacePackage.path);
  mkdirSync(destination, { recursive: true });
  const args = ["pack", "--json", "--pack-destination", destination];
  const output = execFileSync("pnpm", args, { cwd: workspacePackage.path, encoding: "utf8" });
  const { filename } = JSON.parse(output) as { filename: string };
  return join(destination, filename.split("/").at(-1) as string);
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
