import process from "node:process";
import { run } from "./run.ts";

// Whoever reads our output may stop reading (`coterie get … | head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const { stdin, stdout, stderr, env } = process;
const exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env });
process.exitCode = exitCode;
// Nothing should hold the event loop now. If something does all the same, an operator's SIGTERM must still
// end a node.
setTimeout(() => process.exit(exitCode), 3_000).unref();
