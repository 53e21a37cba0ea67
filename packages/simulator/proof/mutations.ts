// Puts one bug after another into the store and counts the seeds until the simulator finds it. Each runs
// in a process of its own, over built modules that are changed as they are loaded. Arguments: seeds at most
// for each, operations of a run, a part of the names to run only some.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Mutation } from "../test/mutations/mutation.ts";
import { MUTATIONS } from "../test/mutations/mutations.ts";

interface Hunt {
  readonly found?: { readonly seed: number; readonly checker: string; readonly detail: string };
  readonly seeds: number;
}

const [seedsMax = "500", operations = "500", part = ""] = process.argv.slice(2);
const hunter = fileURLToPath(new URL("../test/mutations/hunt.mjs", import.meta.url));
const cwd = fileURLToPath(new URL("..", import.meta.url));

async function hunt({ edits, setting }: Mutation): Promise<Hunt> {
  const args = [hunter, JSON.stringify(edits), "1", seedsMax, operations, JSON.stringify(setting)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout) as Hunt;
}

console.log("| bug put in | seeds until found | by the checker of |");
console.log("|---|---|---|");
let missed = 0;
for (const mutation of MUTATIONS.filter(({ name }) => name.includes(part))) {
  const { name } = mutation;
  const { found, seeds } = await hunt(mutation);
  if (found === undefined) missed++;
  const when = found === undefined ? `**not within ${seeds}**` : String(seeds);
  console.log(`| ${name} | ${when} | ${found?.checker ?? ""} |`);
}
console.error(missed === 0 ? "every bug was found" : `${missed} bugs were not found`);
process.exitCode = missed === 0 ? 0 : 1;
