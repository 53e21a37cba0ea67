import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coterie } from "./coterie-process.ts";
import { temporaryDirectory } from "./real-cluster.ts";

test("five processes under all faults keep what they promise, and leave no data behind", async () => {
  const directory = temporaryDirectory();
  try {
    const data = join(directory.path, "chaos");
    const args = ["chaos", "--minutes", "0.2", "--seed", "76", "--data", data, "--json"];
    const { code, stdout, stderr } = await coterie(args);
    expect(stderr).toBe("");
    const report = JSON.parse(stdout);
    expect(report.violations).toEqual([]);
    expect(code).toBe(0);
    expect(report.calls["put ok"]).toBeGreaterThan(50);
    expect(report.calls["get ok"]).toBeGreaterThan(50);
    expect(Object.keys(report.faults).length).toBeGreaterThan(2);
    expect(report.faults.ringMove).toBeGreaterThan(0);
    expect(existsSync(data)).toBe(false);
  } finally {
    directory.remove();
  }
}, 300_000);

test("a directory that holds something is refused", async () => {
  const directory = temporaryDirectory();
  try {
    await coterie(["chaos", "--faults", "kill,flood"]).then(({ code, stderr }) => {
      expect(code).toBe(2);
      expect(stderr).toContain("flood is none of kill, killAll");
    });
    const { code, stderr } = await coterie(["chaos", "--data", join(directory.path, "..")]);
    expect(code).toBe(2);
    expect(stderr).toContain("is not empty: give --data another directory");
  } finally {
    directory.remove();
  }
});
