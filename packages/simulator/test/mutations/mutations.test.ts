import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { MUTATIONS } from "./mutations.ts";

const packages = new URL("../../../", import.meta.url);

it.each(MUTATIONS)("can still be put in: $name", ({ edits }) => {
  for (const { module, find } of edits) {
    const built = readFileSync(new URL(module, packages), "utf8");
    expect(built.split(find).length - 1, `${module} has: ${find}`).toBe(1);
  }
});

/** Of those that the first seed shows, one for each kind of rule. The proof "mutations" hunts for all. */
it.each([
  "a merge overwrites the row",
  "a replica acknowledges before its commit",
  "the operation id of a retry is ignored",
  "W-1 copies are enough",
])("the simulator finds: %s", async (name) => {
  const { edits } = MUTATIONS.find((mutation) => mutation.name === name)!;
  const hunter = fileURLToPath(new URL("./hunt.mjs", import.meta.url));
  const args = [hunter, JSON.stringify(edits), "1", "5", "300"];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(JSON.parse(stdout)).toHaveProperty("found.seed");
});
