import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../workspace.ts";

let checkout = "";

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "coterie-bare-"));
  cpSync(join(root, "package.json"), join(checkout, "package.json"));
  cpSync(join(root, "tools"), join(checkout, "tools"), { recursive: true });
  mkdirSync(join(checkout, "bin"));
  symlinkSync(process.execPath, join(checkout, "bin/node"));
});

afterEach(() => {
  rmSync(checkout, { recursive: true, force: true });
});

function bootstrap(command: string): { status: number | null; stdout: string; stderr: string } {
  const { CXX: _, ...env } = process.env;
  return spawnSync(process.execPath, ["tools/bootstrap.mjs", command], {
    cwd: checkout,
    env: { ...env, PATH: join(checkout, "bin") },
    encoding: "utf8",
  });
}

test("whatever is missing is named, with the command that installs it", () => {
  const { status, stderr } = bootstrap("build");
  expect(status).toBe(1);
  expect(stderr).toContain("Missing: a C++ compiler, make, python3.");
  expect(stderr).toMatch(
    /apt-get install -y g\+\+ make python3|dnf install|xcode-select --install/,
  );
});

test("only what is missing is named", () => {
  for (const present of ["g++", "make"]) {
    writeFileSync(join(checkout, "bin", present), "", { mode: 0o755 });
  }
  expect(bootstrap("build").stderr).toContain("Missing: python3.");
});

test("a test run that cannot begin still ends with its count", () => {
  expect(bootstrap("test").stdout.trim().split("\n").at(-1)).toBe("0 passed, 1 failed");
});

test("an unknown command is refused with the ones there are", () => {
  const { status, stderr } = bootstrap("tset");
  expect(status).toBe(1);
  expect(stderr).toContain("There are: start, test, build, proof, pack.");
});
