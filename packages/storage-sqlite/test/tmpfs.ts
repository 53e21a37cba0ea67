import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterAll } from "vitest";

/** A file system of so many MiB at `directory`; false where this process may not mount one. */
export function mountTmpfs(directory: string, sizeMiB: number): boolean {
  mkdirSync(directory, { recursive: true });
  try {
    const options = `size=${sizeMiB}m`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return false;
  }
  afterAll(() => {
    execFileSync("umount", [directory]);
  });
  return true;
}
