// Runs seeds over a mutated store until one is found guilty. Arguments: edits as JSON, first seed, seeds at
// most, operations, what goes on beside the faults (`deletes` or `ringChanges`). Prints one line of JSON.
import { register } from "node:module";

const [edits = "[]", first = "1", seedsMax = "1", operations = "500", during = ""] =
  process.argv.slice(2);
register(new URL("./hooks.mjs", import.meta.url), { data: JSON.parse(edits) });
const { FAULT_KINDS, simulate } = await import("@coterie/simulator");

let found;
let seeds = 0;
while (found === undefined && seeds < Number(seedsMax)) {
  const seed = Number(first) + seeds++;
  try {
    const options = {
      seed,
      nodes: 5,
      operations: Number(operations),
      faults: FAULT_KINDS,
      deletes: during === "deletes",
      ringChanges: during === "ringChanges",
    };
    const { violations } = await simulate(options);
    if (violations.length > 0) found = { seed, ...violations[0] };
  } catch (error) {
    // An assertion of the store itself, or a run that does not end.
    found = { seed, checker: "run", detail: String(error) };
  }
}
process.stdout.write(JSON.stringify({ found, seeds }));
process.exit(0);
