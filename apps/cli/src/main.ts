#!/usr/bin/env node
import process from "node:process";
import { run } from "./run.ts";

// Whoever reads our output may stop reading (`coterie get … | head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env });
