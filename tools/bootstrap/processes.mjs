import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a person can mend; its message says how. */
export class Failure extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Progress goes to stderr: stdout belongs to the command. @param {string} line */
export function say(line) {
  process.stderr.write(`coterie: ${line}\n`);
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

// We outlive our children, so that they can end in good order. A terminal sends Ctrl-C to the whole
// group, children included; without one, nobody but us can pass it on.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    interruptedBy ??= signal;
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    for (const child of running) child.kill(signal);
  });
}

/**
 * Runs a program in the repository's root with our terminal and resolves to its exit code. After a
 * signal the program's own code stands for `start`, whose Ctrl-C is the normal end; a step in the
 * middle stops everything (`stopAfterSignal`). `onLine` takes what it prints in the terminal's stead.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, stopAfterSignal?: boolean, onLine?: (line: string) => void }} options
 * @returns {Promise<number>}
 */
export function run(program, args, { env, stopAfterSignal = false, onLine }) {
  return new Promise((resolve, reject) => {
    const output = onLine === undefined ? "inherit" : "pipe";
    const child = spawn(program, args, { cwd: root, env, stdio: ["inherit", output, output] });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null && onLine !== undefined) createInterface(stream).on("line", onLine);
    }
    child.on("error", (error) => {
      running.delete(child);
      reject(new Failure(`${program} could not be started: ${error.message}.`));
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (interruptedBy !== undefined && stopAfterSignal) {
        reject(new Failure(`stopped by ${interruptedBy}.`, interruptedBy === "SIGINT" ? 130 : 143));
      } else {
        resolve(code ?? (signal === "SIGINT" ? 130 : 143));
      }
    });
  });
}
