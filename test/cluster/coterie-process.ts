import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command, as `npx coterie` runs it. */
export const program = fileURLToPath(new URL("../../apps/cli/bin/coterie", import.meta.url));

/** What ends with the tests that started it, whatever they did. */
const running = new Set<ChildProcessWithoutNullStreams>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Finished {
  /** Undefined: it was ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command that becomes the process, such as `ip netns exec NAME`. */
  readonly via?: readonly string[];
}

/** One run of `coterie`, still going on. */
export class CoterieProcess {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = "";
  #stderr = "";
  #changed: () => void = () => {};

  constructor(args: readonly string[], { stdin, env, cwd, via = [] }: SpawnOptions = {}) {
    const [command, ...words] = [...via, program, ...args];
    const child = spawn(command!, words, {
      env: { ...cleanEnvironment(), ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    running.add(child);
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    this.finished = new Promise((resolve) => {
      child.once("close", (code) => {
        running.delete(child);
        resolve({ code: code ?? undefined, stdout: this.#stdout, stderr: this.#stderr });
        this.#changed();
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first line of stdout. Rejects with stderr when the process ends before it is there. */
  async firstLine(timeoutMs = 30_000): Promise<string> {
    const endMs = Date.now() + timeoutMs;
    let ended = false;
    void this.finished.then(() => {
      ended = true;
    });
    while (!this.#stdout.includes("\n")) {
      if (ended) throw new Error(`it ended without a word on stdout: ${this.#stderr}`);
      const leftMs = endMs - Date.now();
      if (leftMs <= 0) throw new Error(`no line on stdout after ${timeoutMs} ms: ${this.#stderr}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, 1_000));
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#stdout.split("\n", 1)[0]!;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Runs `coterie` to its end. */
export function coterie(args: readonly string[], options?: SpawnOptions): Promise<Finished> {
  return new CoterieProcess(args, options).finished;
}

/** Without what would change how the command behaves. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(COTERIE_|npm_|FORCE_COLOR$|NODE_OPTIONS$|VITEST)/.test(name),
  );
  return Object.fromEntries(kept);
}
