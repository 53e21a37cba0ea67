// Runs seeds over a mutated store until one is found guilty. Arguments: edits as JSON, first seed, seeds at
// most, operations, what is other than usual in the runs as JSON. Prints one line of JSON. Only a violation
// or an assertion of the store counts: a mutation that breaks the program in some other way shows nothing.
import { register } from "node:module";

const [edits = "[]", first = "1", seedsMax = "1", operations = "500", setting = "{}"] =
  process.argv.slice(2);
register(new URL("./hooks.mjs", import.meta.url), { data: JSON.parse(edits) });
const { FAULT_KINDS, simulate } = await import("@coterie/simulator");

const usual = { nodes: 5, operations: Number(operations), faults: FAULT_KINDS };
let found;
let seeds = 0;
while (found === undefined && seeds < Number(seedsMax)) {
  const seed = Number(first) + seeds++;
  try {
    const { violations } = await simulate({ ...usual, ...JSON.parse(setting), seed });
    if (violations.length > 0) found = { seed, ...violations[0] };
  } catch (error) {
    if (error.name !== "AssertionError") throw error;
    found = { seed, checker: "run", detail: String(error) };
  }
}
process.stdout.write(JSON.stringify({ found, seeds }));
process.exit(0);
