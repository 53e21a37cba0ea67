#!/usr/bin/env node
// The one entry for a person with nothing but Node and npm: checks what is needed, finds pnpm,
// installs, builds, and runs one command. No dependencies, for nothing is installed yet.
import { readFileSync } from "node:fs";
import { Failure, root, run, say } from "./bootstrap/processes.mjs";
import { checkRequirements } from "./bootstrap/requirements.mjs";
import { build, install, linkCommand } from "./bootstrap/steps.mjs";
import { runTests } from "./bootstrap/test.mjs";
import { environment } from "./bootstrap/toolchain.mjs";

const [command = "help", ...args] = process.argv.slice(2);

/** @type {Record<string, { run: (env: NodeJS.ProcessEnv) => Promise<number>, builds?: boolean }>} */
const commands = {
  start: {
    run: (env) => run("node", ["apps/cli/dist/main.js", "dev", "--demo", ...args], { env }),
  },
  // Builds by itself: a package that does not build must not hide how the others fare.
  test: { builds: false, run: runTests },
  build: { run: async () => 0 },
  proof: { run: (env) => run("tsx", ["tools/proof.ts", ...args], { env }) },
  pack: { run: (env) => run("tsx", ["tools/pack.ts", ...args], { env }) },
};

async function main() {
  const chosen = commands[command];
  if (chosen === undefined) {
    throw new Failure(
      `Unknown command "${command}". There are: ${Object.keys(commands).join(", ")}.`,
    );
  }
  if (command === "proof" && args.length === 0) return listProofs();
  checkRequirements();
  const env = environment();
  await install(env);
  if (chosen.builds !== false) {
    await build(env);
    linkCommand();
  }
  return chosen.run(env);
}

function listProofs() {
  /** @type {Record<string, { summary: string, minutes: number }>} */
  const proofs = JSON.parse(readFileSync(`${root}/tools/proofs.json`, "utf8"));
  console.log("npm run proof -- NAME runs one and writes docs/results/NAME.md:\n");
  for (const [name, { summary, minutes }] of Object.entries(proofs)) {
    console.log(`  ${name.padEnd(20)} ${summary} (about ${minutes} min)`);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  if (command === "test") console.log("0 passed, 1 failed");
  process.exitCode = error.exitCode;
}
